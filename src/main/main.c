/* main - the order of start and stop, nothing else.
 * SPDX-License-Identifier: BSD-2-Clause */
int
main(void)
{
	return 0;
}
