"""Images in one space: resampling, registration of PET to CT, alignment."""
