# Sourced by the cases: a data set of 4x4 images in the folder data, 12 to train on and 8 to validate, labels 0 to 9.
word() { printf "\\x$(printf %02x $(($1 >> 24 & 255)))\\x$(printf %02x $(($1 >> 16 & 255)))\\x$(printf %02x $(($1 >> 8 & 255)))\\x$(printf %02x $(($1 & 255)))"; }
split() { # NAME COUNT LABELS
	{ word 0x803; word "$2"; word 4; word 4; for ((i = 0; i < $2 * 16; i++)); do printf "\\x$(printf %02x $((i * 37 % 256)))"; done; } >"data/$1-images-idx3-ubyte"
	{ word 0x801; word "$2"; printf "$3"; } >"data/$1-labels-idx1-ubyte"
}
mkdir data
split train 12 '\0\1\2\3\4\5\6\7\10\11\0\1'
split t10k 8 '\0\0\1\2\3\11\0\5'
