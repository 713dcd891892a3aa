"""Charts and image panels shared by the pages."""
