"""The admin's pages that show figures beside the lists: segments, costs, data quality."""
