/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay.c - runs a fuzz target over the files of a committed corpus, without
 * libFuzzer: replay FILE-OR-FOLDER...  An empty or missing corpus is an error,
 * so that a test of nothing cannot pass.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned replayed;

static int run_file(const char *path)
{
	static uint8_t data[1 << 20];
	FILE *f = fopen(path, "rb");
	size_t n;

	if (f == NULL) {
		perror(path);
		return 1;
	}
	n = fread(data, 1, sizeof data, f);
	fclose(f);
	uint8_t *exact = malloc(n > 0 ? n : 1);   /* so that the sanitizer sees its end */

	if (exact == NULL)
		return 1;
	memcpy(exact, data, n);
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
	replayed++;
	return 0;
}

static int run_folder(const char *path, DIR *dir)
{
	struct dirent *entry;
	int failed = 0;

	while ((entry = readdir(dir)) != NULL) {
		char name[4096];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
		failed |= run_file(name);
	}
	return failed;
}

int main(int argc, char **argv)
{
	int failed = 0;

	for (int i = 1; i < argc; i++) {
		DIR *dir = opendir(argv[i]);

		failed |= dir != NULL ? run_folder(argv[i], dir) : run_file(argv[i]);
		if (dir != NULL)
			closedir(dir);
	}
	printf("%u inputs replayed\n", replayed);
	return failed || replayed == 0;
}
