printf '%s' "$text" | cksum
