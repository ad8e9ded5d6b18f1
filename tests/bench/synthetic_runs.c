/*
 * Writes synthetic runs for the bench and for trying things out:
 *
 *   synthetic_runs OUT NETWORKS LAYERS [LAW [NOISE [SEED]]]
 *
 * LAW: linear, affine, power, roofline or chance (roofline). A network of L layers has some 3.7 L rows in layers.csv.
 */
#include "../synthetic.h"

#include "flopclock/number.h"

static const char *const laws[] = { "linear", "affine", "power", "roofline", "chance" };

static int find_law(const char *name)
{
	for (int i = 0; i < 5; i++)
		if (!strcmp(laws[i], name))
			return i;
	return -1;
}

int main(int argc, char **argv)
{
	const int law = argc > 4 ? find_law(argv[4]) : SYNTHETIC_ROOFLINE;
	uint64_t networks = 0, layers = 0, seed = 1;
	struct fc_error err = { "" };
	double noise = 0.1;

	if (argc < 4 || argc > 7 || !fc_parse_u64(argv[2], &networks) || !fc_parse_u64(argv[3], &layers) ||
	    layers < 3 || layers > 1000000 || law < 0 || (argc > 5 && !fc_parse_double(argv[5], &noise)) ||
	    (argc > 6 && !fc_parse_u64(argv[6], &seed))) {
		fputs("usage: synthetic_runs OUT NETWORKS LAYERS [linear|affine|power|roofline|chance [NOISE "
		      "[SEED]]]\n", stderr);
		return 2;
	}
	for (uint64_t i = 0; i < networks; i++) {
		struct synthetic want = synthetic_usual("", (enum synthetic_law)law, seed + i);
		char name[32];

		snprintf(name, sizeof(name), "net%02u", (unsigned)i);
		want.model = name;
		want.layers = (int)layers;
		want.noise = noise;
		if (synthetic_run(argv[1], &want, &err)) {
			fprintf(stderr, "synthetic_runs: %s\n", err.text);
			return 1;
		}
	}
	return 0;
}
