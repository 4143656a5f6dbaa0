// Who speaks where nobody was recorded: espeak-ng of Debian, or a program of the operator's (a neural voice). Each
// sentence is one process, without a shell. For the command line; waits.
#pragma once

#include "hotline/takes.hpp"

#include <string>
#include <vector>

namespace keepline::hotline {

/// "cmn" and "en-gb"; another language by its own tag.
speaks espeak_voice();

/// `command` and its words, then the language and the file to be written (WAV, PCM of 16 bits); the text is on its
/// standard input.
speaks command_voice(std::vector<std::string> command);

/// code::unavailable: it could not be started, failed, or did not end within a minute.
result<void> run_program(const std::vector<std::string>& command, const std::string& input);

}  // namespace keepline::hotline
