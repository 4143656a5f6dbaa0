// The seam to the log: one line per event, as JSON. Fields never hold personal data, secrets or key material:
// streams are named by their public id, people by their subscriber or token id.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace keepline::port {

enum class log_level { debug, info, warning, error };

struct log_field {
    std::string_view name;
    std::string value;
};

class log {
 public:
    virtual ~log() = default;
    virtual void write(log_level level, std::string_view event, std::string_view correlation,
                       std::initializer_list<log_field> fields) = 0;

    void info(std::string_view event, std::string_view correlation, std::initializer_list<log_field> fields = {}) {
        write(log_level::info, event, correlation, fields);
    }
    void warning(std::string_view event, std::string_view correlation, std::initializer_list<log_field> fields = {}) {
        write(log_level::warning, event, correlation, fields);
    }
    void error(std::string_view event, std::string_view correlation, std::initializer_list<log_field> fields = {}) {
        write(log_level::error, event, correlation, fields);
    }
};

class no_log final : public log {
 public:
    void write(log_level, std::string_view, std::string_view, std::initializer_list<log_field>) override {}
};

}  // namespace keepline::port
