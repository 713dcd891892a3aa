"""The one way of a case: files, aligned images, region, result, report."""
