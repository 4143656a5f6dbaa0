#include "app/json_log.hpp"

#include "app/console.hpp"
#include "base/json.hpp"
#include "port/clock.hpp"

#include <filesystem>

#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace keepline::app {

namespace {

std::string_view name_of(port::log_level level) {
    switch (level) {
        case port::log_level::debug: return "debug";
        case port::log_level::info: return "info";
        case port::log_level::warning: return "warning";
        case port::log_level::error: return "error";
    }
    return "error";
}

spdlog::level::level_enum spdlog_level(port::log_level level) {
    switch (level) {
        case port::log_level::debug: return spdlog::level::debug;
        case port::log_level::info: return spdlog::level::info;
        case port::log_level::warning: return spdlog::level::warn;
        case port::log_level::error: return spdlog::level::err;
    }
    return spdlog::level::err;
}

void add_member(std::string& out, std::string_view name, std::string_view value) {
    if (out.size() > 1) out += ',';
    base::write_string(out, name);
    out += ':';
    base::write_string(out, printable(value));  // a peer's words may be any bytes
}

class json_log final : public port::log {
 public:
    json_log(spdlog::sink_ptr sink, port::log_level least) : logger_("keepline", std::move(sink)) {
        logger_.set_pattern("%v");
        logger_.set_level(spdlog_level(least));
        logger_.flush_on(spdlog::level::debug);
        logger_.set_error_handler([](const std::string&) {});  // a full disk must not stop the server, nor fill stderr
    }

    void write(port::log_level level, std::string_view event, std::string_view correlation,
               std::initializer_list<port::log_field> fields) override {
        const auto as = spdlog_level(level);
        if (!logger_.should_log(as)) return;
        const auto line = log_line(base::iso(clock_.now()), level, event, correlation, fields);
        logger_.log(as, spdlog::string_view_t(line.data(), line.size()));
    }

 private:
    spdlog::logger logger_;
    port::system_clock clock_;
};

}  // namespace

std::optional<port::log_level> parse_log_level(std::string_view text) {
    for (const auto level :
         {port::log_level::debug, port::log_level::info, port::log_level::warning, port::log_level::error})
        if (name_of(level) == text) return level;
    return std::nullopt;
}

std::string log_line(std::string_view ts, port::log_level level, std::string_view event, std::string_view correlation,
                     std::initializer_list<port::log_field> fields) {
    std::string out = "{";
    add_member(out, "ts", ts);
    add_member(out, "level", name_of(level));
    add_member(out, "event", event);
    if (!correlation.empty()) add_member(out, "correlation", correlation);
    for (const auto& field : fields) add_member(out, field.name, field.value);
    return out + "}";
}

base::result<std::unique_ptr<port::log>> open_log(const std::string& file, port::log_level least) {
    try {
        spdlog::sink_ptr sink;
        if (file.empty())
            sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
        else
            sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file);
        return std::make_unique<json_log>(std::move(sink), least);
    } catch (const std::exception& failure) {
        return base::refuse(base::code::config_invalid, "log.file: " + std::string(failure.what()) + ".",
                            {{"field", "log.file"}});
    }
}

}  // namespace keepline::app
