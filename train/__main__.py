"""``python -m train`` and ``accelerate launch -m train``."""

from train.train_accelerate import main

if __name__ == "__main__":
    main()
