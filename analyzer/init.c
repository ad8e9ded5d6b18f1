#include "init.h"

#include <math.h>
#include <string.h>

static struct fc_init normal(double deviation)
{
	return (struct fc_init){ .kind = FC_INIT_NORMAL, .a = deviation };
}

static struct fc_init uniform(double bound)
{
	return (struct fc_init){ .kind = FC_INIT_UNIFORM, .a = bound };
}

static double chosen_fan(const struct init_choice *choice, struct init_fan fan)
{
	return choice->fan_out ? fan.out : fan.in;
}

/* PyTorch's own for convolutions and linear layers, weight and bias: Kaiming uniform with slope sqrt(5). */
static struct fc_init torch(const struct init_choice *choice, struct init_fan fan)
{
	(void)choice;
	return uniform(1 / sqrt(fan.in));
}

static struct fc_init kaiming_normal(const struct init_choice *choice, struct init_fan fan)
{
	return normal(sqrt(2 / chosen_fan(choice, fan)));
}

static struct fc_init kaiming_uniform(const struct init_choice *choice, struct init_fan fan)
{
	return uniform(sqrt(6 / chosen_fan(choice, fan)));
}

static struct fc_init xavier_normal(const struct init_choice *choice, struct init_fan fan)
{
	(void)choice;
	return normal(sqrt(2 / (fan.in + fan.out)));
}

static struct fc_init xavier_uniform(const struct init_choice *choice, struct init_fan fan)
{
	(void)choice;
	return uniform(sqrt(6 / (fan.in + fan.out)));
}

static struct fc_init given_normal(const struct init_choice *choice, struct init_fan fan)
{
	(void)fan;
	return normal(choice->numbers[0]);
}

static struct fc_init given_uniform(const struct init_choice *choice, struct init_fan fan)
{
	(void)fan;
	return uniform(choice->numbers[0]);
}

static struct fc_init truncated_normal(const struct init_choice *choice, struct init_fan fan)
{
	(void)fan;
	return (struct fc_init){ FC_INIT_TRUNCATED_NORMAL, choice->numbers[0], choice->numbers[1] };
}

static struct fc_init constant(const struct init_choice *choice, struct init_fan fan)
{
	(void)fan;
	return (struct fc_init){ .kind = FC_INIT_CONSTANT, .a = choice->numbers[0] };
}

static struct fc_init zero(const struct init_choice *choice, struct init_fan fan)
{
	(void)choice;
	(void)fan;
	return (struct fc_init){ .kind = FC_INIT_CONSTANT, .a = 0 };
}

static struct fc_init one(const struct init_choice *choice, struct init_fan fan)
{
	(void)choice;
	(void)fan;
	return (struct fc_init){ .kind = FC_INIT_CONSTANT, .a = 1 };
}

static const struct init_rule rules[] = {
	{ "torch", false, 0, torch },
	{ "kaiming_normal", true, 0, kaiming_normal },
	{ "kaiming_uniform", true, 0, kaiming_uniform },
	{ "xavier_normal", false, 0, xavier_normal },
	{ "xavier_uniform", false, 0, xavier_uniform },
	{ "normal", false, 1, given_normal },
	{ "truncated_normal", false, 2, truncated_normal },
	{ "uniform", false, 1, given_uniform },
	{ "constant", false, 1, constant },
	{ "zero", false, 0, zero },
	{ "one", false, 0, one },
};

const struct init_rule *fc_init_at(int index)
{
	return index < (int)(sizeof(rules) / sizeof(rules[0])) ? &rules[index] : NULL;
}

const struct init_rule *fc_init_find(const char *name)
{
	const struct init_rule *rule;

	for (int i = 0; (rule = fc_init_at(i)); i++)
		if (!strcmp(rule->name, name))
			return rule;
	return NULL;
}

struct init_fan fc_init_fan(struct fc_shape weight)
{
	const double window = (double)weight.h * (double)weight.w;

	return (struct init_fan){ .in = (double)weight.c * window, .out = (double)weight.n * window };
}
