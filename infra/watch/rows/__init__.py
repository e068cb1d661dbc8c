"""The dashboard's rows, one module for each group of them."""
