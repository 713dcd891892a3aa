"""The imaging pathway beside the 2020 guideline."""
