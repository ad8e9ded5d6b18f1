/*
 * The state of a device: order statistics of invented samples, the thread that takes them, and NVML as their source behind
 * functions that the test invents.
 */
#ifdef HAVE_CUDA

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "state_nvml.h"

/* -------- statistics -------- */

static struct state_sample sample_of(unsigned sm, unsigned memory, unsigned celsius, unsigned deciwatts, uint64_t reasons)
{
	return (struct state_sample){
		.valid = (1u << STATE_METRIC_COUNT) - 1,
		.value = { [STATE_SM_CLOCK] = sm, [STATE_MEMORY_CLOCK] = memory, [STATE_TEMPERATURE] = celsius,
			   [STATE_POWER] = deciwatts },
		.has_reasons = true,
		.reasons = reasons,
	};
}

static void check_range(const struct state_statistics *s, enum state_metric metric, double min, double median, double max)
{
	const struct state_range range = state_range(s, metric);

	assert_true(range.min == min);
	assert_true(range.median == median);
	assert_true(range.max == max);
}

static void test_order_statistics(void **state)
{
	static const unsigned clocks[] = { 1980, 1755, 1410, 1755, 1830 };
	struct state_statistics s = { .samples = 0 };

	(void)state;
	assert_true(isnan(state_range(&s, STATE_SM_CLOCK).median));
	for (size_t i = 0; i < 5; i++) {
		const struct state_sample sample = sample_of(clocks[i], 2619, 40 + (unsigned)i, 3000 + 5 * (unsigned)i, 0);

		state_add(&s, &sample);
	}
	check_range(&s, STATE_SM_CLOCK, 1410, 1755, 1980);
	check_range(&s, STATE_MEMORY_CLOCK, 2619, 2619, 2619);
	check_range(&s, STATE_TEMPERATURE, 40, 42, 44);
	check_range(&s, STATE_POWER, 300, 301, 302);
	/* Of an even number the median lies between the two in the middle. */
	const struct state_sample sixth = sample_of(1980, 2619, 40, 3000, 0);

	state_add(&s, &sixth);
	check_range(&s, STATE_SM_CLOCK, 1410, 1792.5, 1980);
	assert_int_equal(s.samples, 6);
	assert_int_equal(s.idle, 0);
	state_release(&s);
}

static void test_values_beyond_the_table(void **state)
{
	const struct state_sample sample = sample_of(4000000000u, 1, 2, 3, 0);
	struct state_statistics s = { .samples = 0 };

	(void)state;
	state_add(&s, &sample);
	check_range(&s, STATE_SM_CLOCK, 8191, 8191, 8191);
	state_release(&s);
}

static void test_idle_samples_do_not_count(void **state)
{
	const struct state_sample idle = sample_of(345, 500, 30, 700, STATE_IDLE | 0x2);
	const struct state_sample busy = sample_of(1900, 2600, 60, 6500, 0);
	struct state_statistics s = { .samples = 0 };

	(void)state;
	state_add(&s, &idle);
	state_add(&s, &idle);
	state_add(&s, &busy);
	check_range(&s, STATE_SM_CLOCK, 1900, 1900, 1900);
	assert_int_equal(s.samples, 3);
	assert_int_equal(s.idle, 2);
	assert_int_equal(s.reasons, 0);
	state_release(&s);
}

static void test_what_slows_a_device(void **state)
{
	static const struct {
		uint64_t reasons;
		bool throttled;
	} cases[] = {
		{ 0x000, false }, { 0x002, false }, { 0x004, true }, { 0x008, true }, { 0x010, false },
		{ 0x020, true },  { 0x040, true },  { 0x080, true }, { 0x100, false }, { 0x114, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct state_sample before = sample_of(1000, 1, 1, 1, 0);
		const struct state_sample sample = sample_of(1000, 1, 1, 1, cases[i].reasons);
		struct state_statistics s = { .samples = 0 };

		state_add(&s, &sample);
		state_add(&s, &before);
		assert_int_equal(s.reasons, cases[i].reasons);
		assert_int_equal(state_is_throttled(&s), cases[i].throttled);
		state_release(&s);
	}
}

/* The reasons of several samples add up, and are named. */
static void test_description(void **state)
{
	const struct state_sample capped = sample_of(1500, 2619, 70, 7000, 0x004);
	const struct state_sample hot = sample_of(1400, 2619, 88, 6990, 0x040);
	struct state_statistics s = { .samples = 0 };
	struct fc_json json = { .depth = 0 };

	(void)state;
	state_add(&s, &capped);
	state_add(&s, &hot);
	fc_json_object(&json, NULL);
	state_describe(&s, &json);
	fc_json_end_object(&json);
	assert_string_equal(json.out.text, "{\n"
					   "  \"samples\": 2,\n"
					   "  \"idle_samples\": 0,\n"
					   "  \"sm_clock_mhz\": {\n"
					   "    \"min\": 1400,\n"
					   "    \"median\": 1450,\n"
					   "    \"max\": 1500\n"
					   "  },\n"
					   "  \"memory_clock_mhz\": {\n"
					   "    \"min\": 2619,\n"
					   "    \"median\": 2619,\n"
					   "    \"max\": 2619\n"
					   "  },\n"
					   "  \"temperature_c\": {\n"
					   "    \"min\": 70,\n"
					   "    \"median\": 79,\n"
					   "    \"max\": 88\n"
					   "  },\n"
					   "  \"power_w\": {\n"
					   "    \"min\": 699,\n"
					   "    \"median\": 699.5,\n"
					   "    \"max\": 700\n"
					   "  },\n"
					   "  \"throttled\": true,\n"
					   "  \"throttle_bits\": 68,\n"
					   "  \"throttle_reasons\": [\n"
					   "    \"power_cap\",\n"
					   "    \"hardware_thermal\"\n"
					   "  ]\n"
					   "}\n");
	fc_json_release(&json);
	state_release(&s);
}

/* -------- a device behind invented NVML functions -------- */

struct nvml_device {
	const char *pci_id;
	unsigned sm_mhz, memory_mhz, celsius, milliwatts;
	unsigned long long reasons;
	bool silent;		/* answers nothing but its clock */
	int reads;
};

#define NOT_SUPPORTED 3

static _Thread_local struct nvml_device *device_of_test;
static _Thread_local int started;

static int fake_init(void)
{
	if (!device_of_test)
		return 999;
	started++;
	return NVML_SUCCESS;
}

static int fake_shutdown(void)
{
	started--;
	return NVML_SUCCESS;
}

static const char *fake_error(int result)
{
	return result == NOT_SUPPORTED ? "Not Supported" : result == 6 ? "Not Found" : "Unknown Error";
}

static int fake_count(unsigned *count)
{
	*count = device_of_test->pci_id ? 1 : 0;
	return NVML_SUCCESS;
}

static int fake_handle(const char *pci_id, struct nvml_device **device)
{
	*device = device_of_test;
	return strcmp(pci_id, device_of_test->pci_id) ? 6 : NVML_SUCCESS;
}

static int fake_clock(struct nvml_device *device, unsigned clock, unsigned *mhz)
{
	device->reads += clock == NVML_CLOCK_SM;
	*mhz = clock == NVML_CLOCK_SM ? device->sm_mhz : device->memory_mhz;
	return NVML_SUCCESS;
}

static int fake_max_clock(struct nvml_device *device, unsigned clock, unsigned *mhz)
{
	*mhz = 2 * (clock == NVML_CLOCK_SM ? device->sm_mhz : device->memory_mhz);
	return device->silent ? NOT_SUPPORTED : NVML_SUCCESS;
}

static int fake_temperature(struct nvml_device *device, unsigned sensor, unsigned *celsius)
{
	*celsius = device->celsius;
	return device->silent || sensor != NVML_TEMPERATURE_GPU ? NOT_SUPPORTED : NVML_SUCCESS;
}

static int fake_power(struct nvml_device *device, unsigned *milliwatts)
{
	*milliwatts = device->milliwatts;
	return device->silent ? NOT_SUPPORTED : NVML_SUCCESS;
}

static int fake_reasons(struct nvml_device *device, unsigned long long *reasons)
{
	*reasons = device->reasons;
	return device->silent ? NOT_SUPPORTED : NVML_SUCCESS;
}

static int fake_flag(struct nvml_device *device, unsigned *value)
{
	*value = 1;
	return device->silent ? NOT_SUPPORTED : NVML_SUCCESS;
}

static int fake_mig(struct nvml_device *device, unsigned *current, unsigned *pending)
{
	*current = *pending = 0;
	return device->silent ? NOT_SUPPORTED : NVML_SUCCESS;
}

static int fake_driver(char *version, unsigned length)
{
	strncpy(version, "580.65.06", length);
	return device_of_test->silent ? NOT_SUPPORTED : NVML_SUCCESS;
}

static int fake_vbios(struct nvml_device *device, char *version, unsigned length)
{
	strncpy(version, "96.00.74", length);
	return device->silent ? NOT_SUPPORTED : NVML_SUCCESS;
}

static const struct nvml_functions fake = {
	.nvmlInit_v2 = fake_init,
	.nvmlShutdown = fake_shutdown,
	.nvmlErrorString = fake_error,
	.nvmlSystemGetDriverVersion = fake_driver,
	.nvmlDeviceGetCount_v2 = fake_count,
	.nvmlDeviceGetHandleByPciBusId_v2 = fake_handle,
	.nvmlDeviceGetClockInfo = fake_clock,
	.nvmlDeviceGetMaxClockInfo = fake_max_clock,
	.nvmlDeviceGetTemperature = fake_temperature,
	.nvmlDeviceGetPowerUsage = fake_power,
	.nvmlDeviceGetEnforcedPowerLimit = fake_power,
	.nvmlDeviceGetCurrentClocksThrottleReasons = fake_reasons,
	.nvmlDeviceGetPersistenceMode = fake_flag,
	.nvmlDeviceGetMigMode = fake_mig,
	.nvmlDeviceGetVbiosVersion = fake_vbios,
};

static void test_nvml_sample(void **state)
{
	struct nvml_device device = { "0000:01:00.0", 1755, 2619, 61, 412345, 0x4, false, 0 };
	struct state_sample sample = { .valid = 0 };
	struct state_source source;
	struct fc_error err;

	(void)state;
	device_of_test = &device;
	assert_int_equal(state_nvml_count(&fake), 1);
	assert_int_equal(state_nvml_open(&fake, "0000:01:00.0", &source, &err), 0);
	source.read(source.impl, &sample);
	assert_int_equal(sample.valid, (1u << STATE_METRIC_COUNT) - 1);
	assert_int_equal(sample.value[STATE_SM_CLOCK], 1755);
	assert_int_equal(sample.value[STATE_MEMORY_CLOCK], 2619);
	assert_int_equal(sample.value[STATE_TEMPERATURE], 61);
	assert_int_equal(sample.value[STATE_POWER], 4123);
	assert_true(sample.has_reasons && sample.reasons == 0x4);
	source.close(source.impl);
	assert_int_equal(started, 0);
}

/* What a device does not answer is missing, not zero. */
static void test_nvml_that_says_little(void **state)
{
	struct nvml_device device = { "0000:01:00.0", 1755, 2619, 61, 412345, 0x4, true, 0 };
	struct state_sample sample = { .valid = 0 };
	struct fc_json json = { .depth = 0 };
	struct state_source source;
	struct fc_error err;

	(void)state;
	device_of_test = &device;
	assert_int_equal(state_nvml_open(&fake, "0000:01:00.0", &source, &err), 0);
	source.read(source.impl, &sample);
	assert_int_equal(sample.valid, 1u << STATE_SM_CLOCK | 1u << STATE_MEMORY_CLOCK);
	assert_false(sample.has_reasons);
	fc_json_object(&json, NULL);
	state_nvml_describe(&source, &json);
	fc_json_end_object(&json);
	assert_string_equal(json.out.text, "{}\n");
	fc_json_release(&json);
	source.close(source.impl);
}

static void test_nvml_refuses(void **state)
{
	struct nvml_device device = { "0000:01:00.0", 1, 1, 1, 1, 0, false, 0 };
	struct state_source source;
	struct fc_error err;

	(void)state;
	device_of_test = NULL;
	assert_int_equal(state_nvml_count(&fake), -1);
	assert_int_equal(state_nvml_open(&fake, "0000:01:00.0", &source, &err), -1);
	assert_string_equal(err.text, "NVML cannot be started: Unknown Error");
	device_of_test = &device;
	assert_int_equal(state_nvml_open(&fake, "0000:07:00.0", &source, &err), -1);
	assert_string_equal(err.text, "NVML does not know the GPU at 0000:07:00.0: Not Found");
	assert_int_equal(started, 0);
	device.pci_id = NULL;
	assert_int_equal(state_nvml_count(&fake), 0);
}

/* -------- the thread -------- */

static void wait_ms(int ms)
{
	const struct timespec time = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&time, NULL);
}

static void test_sampler(void **state)
{
	struct nvml_device device = { "0000:01:00.0", 1755, 2619, 61, 412345, 0x8, false, 0 };
	struct state_sampler *sampler = NULL;
	struct fc_json json = { .depth = 0 };
	struct state_source source;
	struct fc_error err;

	(void)state;
	device_of_test = &device;
	assert_int_equal(state_nvml_open(&fake, "0000:01:00.0", &source, &err), 0);
	assert_int_equal(state_sampler_start(&source, 1, &sampler, &err), 0);
	/* However slow the machine, the first sample comes. */
	for (int i = 0; i < 10000 && isnan(state_sampler_range(sampler, STATE_SM_CLOCK).median); i++)
		wait_ms(1);
	assert_true(state_sampler_range(sampler, STATE_SM_CLOCK).median == 1755);
	fc_json_object(&json, NULL);
	state_sampler_describe(sampler, &json);
	fc_json_end_object(&json);
	assert_non_null(strstr(json.out.text, "\"period_s\": 0.001,\n"));
	assert_non_null(strstr(json.out.text, "\"throttled\": true,\n"));
	assert_non_null(strstr(json.out.text, "\"hardware_slowdown\""));
	fc_json_release(&json);
	state_sampler_stop(sampler);
	assert_int_equal(started, 0);
	assert_true(device.reads >= 1);
}

/* Stopping does not wait for the end of a period. */
static void test_sampler_stops_at_once(void **state)
{
	struct nvml_device device = { "0000:01:00.0", 1755, 2619, 61, 412345, 0, false, 0 };
	struct state_sampler *sampler = NULL;
	struct state_source source;
	struct fc_error err;

	(void)state;
	device_of_test = &device;
	assert_int_equal(state_nvml_open(&fake, "0000:01:00.0", &source, &err), 0);
	assert_int_equal(state_sampler_start(&source, 86400000, &sampler, &err), 0);
	state_sampler_stop(sampler);
	assert_true(device.reads <= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_statistics),
		cmocka_unit_test(test_values_beyond_the_table),
		cmocka_unit_test(test_idle_samples_do_not_count),
		cmocka_unit_test(test_what_slows_a_device),
		cmocka_unit_test(test_description),
		cmocka_unit_test(test_nvml_sample),
		cmocka_unit_test(test_nvml_that_says_little),
		cmocka_unit_test(test_nvml_refuses),
		cmocka_unit_test(test_sampler),
		cmocka_unit_test(test_sampler_stops_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

#include "cuda_without_module.h"

#endif
