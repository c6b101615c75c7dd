"""Training of heads and encoders: texts with labels in, folders of weights out."""
