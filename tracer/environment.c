#include "environment.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "flopclock/host.h"
#include "flopclock/number.h"
#include "probes.h"

/* The text behind `key` and a separator in a file of such lines, without quotes; "" when it is not there. */
static void look_up(const char *path, const char *key, char separator, struct fc_str *value)
{
	FILE *const file = fopen(path, "r");
	char line[512];

	fc_str_add(value, "");
	if (!file)
		return;
	while (fgets(line, sizeof(line), file)) {
		char *const at = strchr(line, separator);
		size_t length = strlen(key);

		if (!at || strncmp(line, key, length) || strspn(line + length, " \t") != (size_t)(at - line) - length)
			continue;
		char *const begin = at + 1 + strspn(at + 1, " \t\"");

		length = strcspn(begin, "\"\n");
		fc_str_addn(value, begin, length);
		break;
	}
	fclose(file);
}

static uint64_t usable_cores(void)
{
	cpu_set_t set;
	const long online = sysconf(_SC_NPROCESSORS_ONLN);

	if (!sched_getaffinity(0, sizeof(set), &set))
		return (uint64_t)CPU_COUNT(&set);
	return online > 0 ? (uint64_t)online : 1;
}

static uint64_t memory_bytes(void)
{
	const long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGE_SIZE);

	return pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size : 0;
}

void fc_host_processor(struct fc_str *name)
{
	struct utsname machine;

	look_up("/proc/cpuinfo", "model name", ':', name);
	if (!name->length && !uname(&machine))
		fc_str_add(name, machine.machine);
}

void environment_load(struct environment_load *load)
{
	struct rusage usage;

	load->when_ns = probe_monotonic_ns();
	load->preemptions = getrusage(RUSAGE_SELF, &usage) ? 0 : (uint64_t)usage.ru_nivcsw;
}

double environment_preemptions_per_s(const struct environment_load *from, const struct environment_load *to)
{
	const int64_t passed = to->when_ns - from->when_ns;

	return passed > 0 ? (double)(to->preemptions - from->preemptions) * 1e9 / (double)passed : NAN;
}

void environment_describe(struct fc_json *json, double preemptions_per_s)
{
	struct fc_str cpu = { 0 }, system = { 0 }, kernel = { 0 };
	struct utsname name;

	fc_host_processor(&cpu);
	look_up("/etc/os-release", "PRETTY_NAME", '=', &system);
	if (uname(&name))
		name = (struct utsname){ .sysname = "Linux" };
	fc_str_addf(&kernel, "%s %s", name.sysname, name.release);
	fc_json_text(json, "cpu", cpu.text);
	fc_json_u64(json, "cores", usable_cores());
	fc_json_u64(json, "memory_bytes", memory_bytes());
	fc_json_number(json, "preemptions_per_s", preemptions_per_s);
	fc_json_text(json, "system", system.length ? system.text : name.sysname);
	fc_json_text(json, "kernel", kernel.text);
#ifdef __clang__
	fc_json_text(json, "compiler", __VERSION__);
#else
	fc_json_text(json, "compiler", "gcc " __VERSION__);
#endif
	fc_str_release(&cpu);
	fc_str_release(&system);
	fc_str_release(&kernel);
}

time_t environment_time(void)
{
	const char *const fixed = getenv("SOURCE_DATE_EPOCH");
	uint64_t seconds;

	/* Beyond the year 9999 the text would not fit its format. */
	if (fixed && fc_parse_u64(fixed, &seconds) && seconds < UINT64_C(253402300800))
		return (time_t)seconds;
	return time(NULL);
}
