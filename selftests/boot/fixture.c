// SPDX-License-Identifier: GPL-2.0
/* fixture NAME: the page of that name in selftests/lib/pages.h, to stdout */
#include <stdio.h>
#include <string.h>

#include "../lib/pages.h"

int main(int argc, char **argv)
{
	static unsigned char page[4096];
	int i;

	for (i = 0; i < PAGE_FIXTURES; i++) {
		if (argc < 2 || strcmp(page_fixtures[i].name, argv[1]))
			continue;
		memcpy(page, page_fixtures[i].bytes,
		       sizeof(page_fixtures[i].bytes));
		return fwrite(page, sizeof(page), 1, stdout) != 1;
	}
	fputs("fixture: no such page\n", stderr);
	return 1;
}
