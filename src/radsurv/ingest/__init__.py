"""From somebody's folder of images and clinical table to a cohort: proposed, written down, and every decision said."""
