/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Completion for bash(1), "Programmable Completion", and zsh, zshcompsys(1):
 * scripts that are made from the tables, when fother is built.
 *
 * A name of an image is completed with the transports, and after the colon of
 * one with files. bash takes ":" and "=" for words of their own, so after
 * "oci:" the word that is completed is the path alone.
 */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "cli/commands.h"

/* The transports of reference_parse(), which a test holds this to. */
static const char *const transports[] = { "containers-storage:", "dir:",
	"docker-archive:", "docker-daemon:", "docker://", "host",
	"oci-archive:", "oci:", "rootfs:" };

static const char *const shells[] = { "bash", "zsh" };

/* What its value may be, with blanks between. */
static void
print_words(const struct option *option)
{
	struct slice words = option_words(option);
	struct slice word;
	const char *before = "";

	while (slice_split(&words, '|', &word)) {
		(void)printf("%s" SLICE_FMT, before, SLICE_ARG(word));
		before = " ";
	}
}

/* --- bash ---------------------------------------------------------------- */

static void
bash_option_names(const struct option *options)
{
	for (; options->name; options++) {
		if (options->letter != '\0')
			(void)printf(" -%c", options->letter);
		(void)printf(" --%s", options->name);
	}
}

/* The branches of a case over "COMMAND OPTION", for those that take a value:
 * it sets words, or leaves them empty for files. */
static void
bash_values(const char *command, const struct option *options)
{
	for (; options->name; options++) {
		if (!options->value)
			continue;
		(void)printf("\t'%s --%s'", command, options->name);
		if (options->letter != '\0')
			(void)printf("|'%s -%c'", command, options->letter);
		(void)printf(") words='");
		print_words(options);
		(void)printf("' ;;\n");
	}
}

static void
bash_tables(void)
{
	(void)printf("_fother_commands='");
	for (size_t i = 0; commands[i]; i++)
		(void)printf("%s%s", i > 0 ? " " : "", commands[i]->name);
	(void)printf("'\n\n_fother_options() {\n\tcase $1 in\n");
	for (size_t i = 0; commands[i]; i++) {
		(void)printf("\t%s) options='", commands[i]->name);
		bash_option_names(commands[i]->options);
		(void)printf("' ;;\n");
	}
	(void)printf("\t*) options= ;;\n\tesac\n\toptions+='");
	bash_option_names(global_options);
	(void)printf("'\n}\n\n"
		     "# Whether option $2 of command $1 takes a value, and "
		     "which.\n"
		     "_fother_value() {\n\twords=\n\tcase \"$1 $2\" in\n");
	for (size_t i = 0; commands[i]; i++)
		bash_values(commands[i]->name, commands[i]->options);
	(void)printf("\t*) case \" $2\" in\n");
	bash_values("", global_options);
	(void)printf("\t*) return 1 ;;\n\tesac ;;\n\tesac\n}\n\n");
}

static void
bash_operands(void)
{
	(void)printf("_fother_operand() {\n\tcase $1 in\n");
	for (size_t i = 0; commands[i]; i++) {
		const char *list = "";

		switch (commands[i]->operand) {
		case OPERAND_COMMAND: list = "$_fother_commands"; break;
		case OPERAND_IMAGE: list = "$_fother_transports"; break;
		case OPERAND_SHELL: list = "bash zsh"; break;
		case OPERAND_TEXT: continue;
		}
		(void)printf(
		    "\t%s) words=\"%s\" ;;\n", commands[i]->name, list);
	}
	(void)printf("\t*) words= ;;\n\tesac\n}\n\n_fother_transports='");
	for (size_t i = 0; i < N_ITEMS(transports); i++)
		(void)printf("%s%s", i > 0 ? " " : "", transports[i]);
	(void)printf("'\n\n");
}

static const char bash_body[] =
    "_fother() {\n"
    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} command= words= options=\n"
    "\tlocal before=${COMP_WORDS[COMP_CWORD-1]} i word\n"
    "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
    "\t\tword=${COMP_WORDS[i]}\n"
    "\t\tif _fother_value '' \"$word\"; then\n"
    "\t\t\t[[ ${COMP_WORDS[i+1]} == = ]] && ((i++))\n"
    "\t\t\t((i++))\n"
    "\t\t\twhile [[ ${COMP_WORDS[i+1]} == [:=] ]]; do\n"
    "\t\t\t\t((i += 2))\n"
    "\t\t\tdone\n"
    "\t\telif [[ $word != -* ]]; then\n"
    "\t\t\tcommand=$word\n"
    "\t\t\tbreak\n"
    "\t\tfi\n"
    "\tdone\n"
    "\tif [[ $cur == = ]]; then\n"
    "\t\tcur=\n"
    "\telif [[ $before == = ]]; then\n"
    "\t\tbefore=${COMP_WORDS[COMP_CWORD-2]}\n"
    "\tfi\n"
    "\tCOMPREPLY=()\n"
    "\tif _fother_value \"$command\" \"$before\"; then\n"
    "\t\tif [[ $words ]]; then\n"
    "\t\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
    "\t\telse\n"
    "\t\t\tcompopt -o filenames 2>/dev/null\n"
    "\t\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
    "\t\tfi\n"
    "\telif [[ $cur == -* ]]; then\n"
    "\t\t_fother_options \"$command\"\n"
    "\t\tCOMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n"
    "\telif [[ ! $command ]]; then\n"
    "\t\tCOMPREPLY=($(compgen -W \"$_fother_commands\" -- \"$cur\"))\n"
    "\telif [[ $cur == : || $before == : ]]; then\n"
    "\t\tcompopt -o filenames 2>/dev/null\n"
    "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"${cur#:}\")\n"
    "\telse\n"
    "\t\t_fother_operand \"$command\"\n"
    "\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
    "\t\t[[ ${COMPREPLY[*]} == *: ]] && compopt -o nospace 2>/dev/null\n"
    "\tfi\n"
    "\treturn 0\n"
    "}\n\n"
    "complete -F _fother fother\n";

static void
bash_print(void)
{
	(void)printf("# Completion of fother for bash, made by\n"
		     "# fother completion bash\n\n");
	bash_operands();
	bash_tables();
	(void)fputs(bash_body, stdout);
}

/* --- zsh ----------------------------------------------------------------- */

/* Inside '...' and of an _arguments specification. */
static void
zsh_text(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'') {
			(void)fputs("'\\''", stdout);
			continue;
		}
		if (strchr("[]:\\", *text))
			(void)putchar('\\');
		(void)putchar(*text);
	}
}

/* "[help]", and ":VALUE:what completes it" where there is one. */
static void
zsh_option_end(const struct option *option)
{

	(void)putchar('[');
	zsh_text(option->help);
	(void)putchar(']');
	if (option->value) {
		(void)printf(":%s:", option->value);
		if (option_words(option).len > 0) {
			(void)putchar('(');
			print_words(option);
			(void)putchar(')');
		} else {
			(void)fputs("_files", stdout);
		}
	}
	(void)putchar('\'');
}

static void
zsh_options(const struct option *options)
{
	for (; options->name; options++) {
		const char *equals = options->value ? "=" : "";

		if (options->letter != '\0')
			(void)printf(" '(-%c --%s)'{-%c%s,--%s%s}'",
			    options->letter, options->name, options->letter,
			    options->value ? "+" : "", options->name, equals);
		else
			(void)printf(" '--%s%s", options->name, equals);
		zsh_option_end(options);
		(void)printf(" \\\n\t\t");
	}
}

static void
zsh_command(const struct command *command)
{
	static const char *const completers[] = {
		[OPERAND_TEXT] = " ",
		[OPERAND_COMMAND] = "_fother_commands",
		[OPERAND_IMAGE] = "_fother_images",
		[OPERAND_SHELL] = "(bash zsh)",
	};

	(void)printf("\t%s) _arguments -s -S $global", command->name);
	zsh_options(command->options);
	if (command->max_operands > 0)
		(void)printf(" '*:%s:%s'", command->synopsis,
		    completers[command->operand]);
	(void)printf(" ;;\n");
}

static void
zsh_print(void)
{
	(void)printf("#compdef fother\n"
		     "# Completion of fother for zsh, made by\n"
		     "# fother completion zsh\n\n"
		     "_fother_commands() {\n\tlocal -a list=(\n");
	for (size_t i = 0; commands[i]; i++) {
		(void)printf("\t'%s:", commands[i]->name);
		zsh_text(commands[i]->summary);
		(void)printf("'\n");
	}
	(void)printf("\t)\n\t_describe command list\n}\n\n"
		     "_fother_images() {\n"
		     "\tif compset -P '*:'; then\n\t\t_files\n\telse\n"
		     "\t\tcompadd -S '' --");
	for (size_t i = 0; i < N_ITEMS(transports); i++)
		(void)printf(" %s", transports[i]);
	(void)printf("\n\tfi\n}\n\n"
		     "_fother() {\n"
		     "\tlocal curcontext=$curcontext state line\n"
		     "\tlocal -a global=(");
	zsh_options(global_options);
	(void)printf(")\n"
		     "\t_arguments -C -S $global '1: :_fother_commands' "
		     "'*:: :->operands'\n"
		     "\t[[ $state == operands ]] || return\n"
		     "\tcase $words[1] in\n");
	for (size_t i = 0; commands[i]; i++)
		zsh_command(commands[i]);
	(void)printf("\tesac\n}\n\n_fother \"$@\"\n");
}

bool
completion_print(const char *shell)
{
	if (!strcmp(shell, shells[0]))
		bash_print();
	else if (!strcmp(shell, shells[1]))
		zsh_print();
	else
		return false;
	return true;
}
