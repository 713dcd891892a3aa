"""Images of a case: upload, registration, drawing and importing regions."""
