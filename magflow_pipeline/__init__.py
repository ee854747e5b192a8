"""MagFlow pipeline: eMAG offers in, a low-stock report that a buyer can order from out."""
