#include "palette.h"

#include <math.h>

const struct fc_series_look *fc_series_look(int index)
{
	static const struct fc_series_look looks[FC_SERIES_LOOKS] = {
		{ FC_BLUE, FC_SHAPE_CIRCLE, false, FC_DASH_SOLID },
		{ FC_VERMILLION, FC_SHAPE_SQUARE, true, FC_DASH_DASHED },
		{ FC_GREEN, FC_SHAPE_TRIANGLE, false, FC_DASH_DOTTED },
		{ FC_PURPLE, FC_SHAPE_DIAMOND, true, FC_DASH_LONG },
		{ FC_BLACK, FC_SHAPE_CROSS, false, FC_DASH_SOLID },
		{ FC_ORANGE, FC_SHAPE_TRIANGLE_DOWN, true, FC_DASH_DASHED },
		{ FC_SKY, FC_SHAPE_PLUS, false, FC_DASH_DOTTED },
	};

	return &looks[index];
}

/* Light, dark, light, dark ...: parts that touch differ in lightness as well as in colour and hatch. */
const struct fc_bar_look *fc_bar_look(int index)
{
	static const struct fc_bar_look looks[FC_BAR_LOOKS] = {
		{ FC_BLUE, FC_BLUE, FC_HATCH_NONE, FC_WHITE },
		{ 0xF6D5BF, FC_VERMILLION, FC_HATCH_RISING, FC_BLACK },
		{ FC_GREEN, FC_WHITE, FC_HATCH_LEVEL, FC_WHITE },
		{ 0xEFD9E5, FC_PURPLE, FC_HATCH_FALLING, FC_BLACK },
		{ 0x4D4D4D, 0x4D4D4D, FC_HATCH_NONE, FC_WHITE },
		{ 0xFFFFFF, FC_GREY_LINE, FC_HATCH_CROSS, FC_BLACK },
		{ 0xD6ECFA, FC_SKY, FC_HATCH_UPRIGHT, FC_BLACK },
	};

	return &looks[index];
}

static double linear(int channel)
{
	const double c = channel / 255.0;

	return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

static int channel_of(double value)
{
	const double c = value <= 0.0031308 ? 12.92 * value : 1.055 * pow(value, 1 / 2.4) - 0.055;

	return (int)lround(255 * fmin(fmax(c, 0), 1));
}

static void linear_rgb(int32_t colour, double rgb[3])
{
	for (int i = 0; i < 3; i++)
		rgb[i] = linear(colour >> (16 - 8 * i) & 0xFF);
}

static double luminance(int32_t colour)
{
	double rgb[3];

	linear_rgb(colour, rgb);
	return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
}

int32_t fc_colour(int32_t colour, bool mono)
{
	int grey;

	if (!mono)
		return colour;
	grey = channel_of(luminance(colour));
	return grey << 16 | grey << 8 | grey;
}

double fc_colour_contrast(int32_t a, int32_t b)
{
	const double x = luminance(a) + 0.05, y = luminance(b) + 0.05;

	return x > y ? x / y : y / x;
}

static double lab_curve(double t)
{
	return t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116;
}

static void lab_of(const double rgb[3], double lab[3])
{
	/* sRGB primaries, white point D65. */
	const double x = lab_curve((0.4124564 * rgb[0] + 0.3575761 * rgb[1] + 0.1804375 * rgb[2]) / 0.95047);
	const double y = lab_curve(0.2126729 * rgb[0] + 0.7151522 * rgb[1] + 0.0721750 * rgb[2]);
	const double z = lab_curve((0.0193339 * rgb[0] + 0.1191920 * rgb[1] + 0.9503041 * rgb[2]) / 1.08883);

	lab[0] = 116 * y - 16;
	lab[1] = 500 * (x - y);
	lab[2] = 200 * (y - z);
}

double fc_colour_lightness(int32_t colour)
{
	double rgb[3], lab[3];

	linear_rgb(colour, rgb);
	lab_of(rgb, lab);
	return lab[0];
}

/* Complete colour blindness after Machado, Oliveira and Fernandes 2009, on linear RGB. */
static void seen_by(enum fc_vision vision, const double rgb[3], double seen[3])
{
	static const double matrices[][3][3] = {
		[FC_VISION_FULL] = { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } },
		[FC_VISION_DEUTERANOPIA] = { { 0.367322, 0.860646, -0.227968 },
					     { 0.280085, 0.672501, 0.047413 },
					     { -0.011820, 0.042940, 0.968881 } },
		[FC_VISION_PROTANOPIA] = { { 0.152286, 1.052583, -0.204868 },
					   { 0.114503, 0.786281, 0.099216 },
					   { -0.003882, -0.048116, 1.051998 } },
	};

	for (int i = 0; i < 3; i++) {
		const double *m = matrices[vision][i];

		seen[i] = fmin(fmax(m[0] * rgb[0] + m[1] * rgb[1] + m[2] * rgb[2], 0), 1);
	}
}

double fc_colour_distance(int32_t a, int32_t b, enum fc_vision vision)
{
	double rgb[3], seen[3], lab_a[3], lab_b[3];

	linear_rgb(a, rgb);
	seen_by(vision, rgb, seen);
	lab_of(seen, lab_a);
	linear_rgb(b, rgb);
	seen_by(vision, rgb, seen);
	lab_of(seen, lab_b);
	return sqrt((lab_a[0] - lab_b[0]) * (lab_a[0] - lab_b[0]) + (lab_a[1] - lab_b[1]) * (lab_a[1] - lab_b[1]) +
		    (lab_a[2] - lab_b[2]) * (lab_a[2] - lab_b[2]));
}
