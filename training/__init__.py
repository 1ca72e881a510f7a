"""Training of the small models in `data/`, started manually with `make moe`."""
