"""What the ways of training are called. Importing this loads no network."""

# A head on the frozen encoder, or with the encoder fine-tuned.
FROZEN, TUNED = "frozen", "fine-tuned"
# An encoder that goes on guessing hidden pieces, or drawing what users like nearer to them.
MASKED, CONTRASTIVE = "masked", "contrastive"
