"""What people bring in files: sales of other channels, and counts of stock. Files in, rows of tables out."""
