/* PNG through libpng: cairo's own writer leaves out the resolution, and the picture would have no size on paper. */
#include <math.h>
#include <png.h>
#include <stdlib.h>

#include "flopclock/version.h"
#include "fonts.h"

struct sink {
	struct fc_str *out;
	struct fc_error *err;
};

static void write_data(png_structp png, png_bytep data, png_size_t length)
{
	struct sink *sink = png_get_io_ptr(png);

	fc_str_addn(sink->out, (const char *)data, length);
}

static void flush_data(png_structp png)
{
	(void)png;
}

static void on_error(png_structp png, png_const_charp message)
{
	struct sink *sink = png_get_error_ptr(png);

	fc_fail(sink->err, "libpng could not write the image: %s", message);
	png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
	(void)png;
	(void)message;
}

static void write_header(png_structp png, png_infop info, int width, int height, int dpi, const char *title)
{
	const png_uint_32 per_metre = (png_uint_32)lround(dpi / 0.0254);
	png_text texts[] = {
		{ .compression = PNG_TEXT_COMPRESSION_NONE, .key = (char *)(uintptr_t)"Title",
		  .text = (char *)(uintptr_t)title },
		{ .compression = PNG_TEXT_COMPRESSION_NONE, .key = (char *)(uintptr_t)"Software",
		  .text = (char *)(uintptr_t)"flopclock " FC_VERSION },
	};

	png_set_IHDR(png, info, (png_uint_32)width, (png_uint_32)height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
		     PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	png_set_pHYs(png, info, per_metre, per_metre, PNG_RESOLUTION_METER);
	png_set_sRGB(png, info, PNG_sRGB_INTENT_RELATIVE);
	png_set_text(png, info, texts, 2);
	png_write_info(png, info);
}

static void write_rows(png_structp png, const unsigned char *pixels, int width, int height, int stride, png_bytep row)
{
	for (int y = 0; y < height; y++) {
		const uint32_t *words = (const uint32_t *)(const void *)(pixels + (size_t)y * (size_t)stride);

		for (int x = 0; x < width; x++) {
			row[3 * x] = (png_byte)(words[x] >> 16);
			row[3 * x + 1] = (png_byte)(words[x] >> 8);
			row[3 * x + 2] = (png_byte)words[x];
		}
		png_write_row(png, row);
	}
}

int fc_png_write(const unsigned char *pixels, int width, int height, int stride, int dpi, const char *title,
		 struct fc_str *out, struct fc_error *err)
{
	struct sink sink = { out, err };
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &sink, on_error, on_warning);
	png_infop info = png ? png_create_info_struct(png) : NULL;
	png_bytep row = fc_calloc((size_t)width, 3);
	int rc = -1;

	if (!info) {
		fc_fail(err, "libpng has no memory left");
	} else if (setjmp(png_jmpbuf(png)) == 0) {
		png_set_write_fn(png, &sink, write_data, flush_data);
		/* Drawings are flat areas: the plain row compresses best and fastest. */
		png_set_filter(png, 0, PNG_FILTER_NONE);
		write_header(png, info, width, height, dpi, title);
		write_rows(png, pixels, width, height, stride, row);
		png_write_end(png, info);
		rc = 0;
	} else {
		rc = -1;
	}
	if (png)
		png_destroy_write_struct(&png, &info);
	free(row);
	return rc;
}

const char *fc_library_png(void)
{
	return png_get_libpng_ver(NULL);
}
