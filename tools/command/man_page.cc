#include "tools/command/man_page.h"

#include "tools/command/console/format.h"
#include "tools/command/help_text.h"

namespace heapreel::tools {
namespace {

// Plain text for roff: a backslash, a leading dot or quote would be read as markup, and '-' as a hyphen.
std::string escaped(std::string_view text) {
  std::string roff;
  bool line_begins = true;
  for (const char c : text) {
    if (line_begins && (c == '.' || c == '\'')) roff += "\\&";
    if (c == '\\') {
      roff += "\\e";
    } else if (c == '-') {
      roff += "\\-";
    } else {
      roff += c;
    }
    line_begins = c == '\n';
  }
  return roff;
}

std::string header(std::string_view name, std::string_view help) {
  return format_exact(".TH {} 1 \"\" \"heapreel {}\" \"heapreel manual\"\n.SH NAME\n{} \\- {}\n", escaped(name),
                      HEAPREEL_VERSION, escaped(name), escaped(help));
}

std::string paragraph(std::string_view term, std::string_view text) {
  return format_exact(".TP\n.B {}\n{}\n", escaped(term), escaped(text));
}

std::string exit_statuses() {
  return ".SH EXIT STATUS\n" + paragraph("0", "ok") +
         paragraph("1", "a check failed: a budget was broken, or a name of a budget was never seen") +
         paragraph("2", "the command line is wrong; nothing was started and nothing written") +
         paragraph("3", "an input cannot be read, or an output cannot be written") +
         paragraph("4", "the data does not hold everything that happened") + ".PP\n" +
         escaped("`heapreel run` exits with the program's own status, or 128 + n when signal n ended it.\n");
}

}  // namespace

std::string man_page() {
  std::string text = header("heapreel", "every allocation of a program, with its call stack, at every game frame");
  text += ".SH SYNOPSIS\n.B heapreel\n.I COMMAND\n[options] ...\n.SH COMMANDS\n";
  for (const CommandSpec& command : command_table()) text += paragraph(command.name, command.help);
  text += ".SH GAME FRAMES\n" +
          escaped("FILE@1204 is the end of game frame 1204 of a reel; there are also @peak, @end, @mark:NAME, which ") +
          escaped(
              "is the moment of the mark itself, @mark:NAME#2, @mark:NAME#-1, the last of that name, and "
              "@mark:NAME+30, thirty game frames later.\n");
  text += ".SH ENVIRONMENT\n.nf\n" + escaped(environment_help_text()) + ".fi\n";
  text += exit_statuses() + ".SH SEE ALSO\n";
  std::string pages;
  for (const CommandSpec& command : command_table())
    pages += format_exact("{}.BR heapreel\\-{} (1)", pages.empty() ? "" : " ,\n", command.name);
  return text + pages + "\n";
}

std::string man_page(const CommandSpec& command) {
  const std::string name = format_exact("heapreel-{}", command.name);
  std::string text = header(name, command.help);
  text += format_exact(".SH SYNOPSIS\n.B heapreel {}\n{}\n", command.name, escaped(command.operands));
  const std::vector<OptionSpec> options = command.options();
  if (!options.empty()) text += ".SH OPTIONS\n";
  for (const OptionSpec& option : options) {
    std::string term = option.short_name.empty() ? option.name : option.short_name + ", " + option.name;
    if (!option.value.empty()) term += " " + option.value;
    text += paragraph(term, option.help + (option.repeats ? "; may be given several times" : ""));
  }
  if (command.notes != nullptr) text += ".SH NOTES\n.nf\n" + escaped(command.notes()) + ".fi\n";
  if (!command.examples.empty()) text += ".SH EXAMPLES\n";
  for (const Example& example : command.examples) text += paragraph(example.command, example.shows);
  return text + exit_statuses() + ".SH SEE ALSO\n.BR heapreel (1)\n";
}

}  // namespace heapreel::tools
