"""Features of histories that no machine holds whole, on Dask; see docs/scale.md."""
