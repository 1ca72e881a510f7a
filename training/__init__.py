"""What makes the small models that ship in `data/`: run rarely, by hand, from `make`."""
