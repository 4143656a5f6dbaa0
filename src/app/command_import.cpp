// keepline import: lines that exist already at the operator, from a file. Offline into the data directory, with the
// engine in this process, or through a running server.
#include "app/command_import.hpp"

#include "app/client.hpp"
#include "app/import_source.hpp"
#include "app/importer.hpp"
#include "app/instance.hpp"
#include "app/json_log.hpp"
#include "app/local_api.hpp"
#include "app/reject_list.hpp"

#include <chrono>
#include <csignal>
#include <fstream>
#include <iostream>
#include <unistd.h>

#include <boost/json.hpp>

namespace keepline::app {

namespace {

namespace json = boost::json;

constexpr std::size_t senders_offline =
    60;  // they only wait for commits; the API takes 64 at once that seal personal data
constexpr std::size_t senders_to_server = 16;

struct import_asked {
    import_file_options source;
    std::string rejects;
    bool update = false;
    bool offline = true;
    std::shared_ptr<server_options> server = std::make_shared<server_options>();
};

/// Says on stderr how far it is: one line that is drawn anew for a person, nothing for a script.
class progress_bar {
 public:
    progress_bar(console& at, std::uintmax_t total_bytes, std::istream& in) : at_(at), total_(total_bytes), in_(in) {}
    void show(const import_counts& counts) {
        if (!at_.err_is_terminal) return;
        const auto place = in_.eof() ? std::streamoff(-1) : std::streamoff(in_.tellg());
        const auto done = place < 0 ? total_ : static_cast<std::uintmax_t>(place);
        const std::size_t filled = total_ == 0 ? width : static_cast<std::size_t>(done * width / total_);
        at_.err << "\r[" << std::string(filled, '#') << std::string(width - filled, '.') << "] " << counts.rows
                << " rows, " << counts.rejected << " rejected\x1b[K" << std::flush;
        drawn_ = true;
    }
    /// Before something else is written, and at the end.
    void clear() {
        if (drawn_) at_.err << "\r\x1b[K" << std::flush;
        drawn_ = false;
    }

 private:
    static constexpr std::size_t width = 40;
    console& at_;
    std::uintmax_t total_;
    std::istream& in_;
    bool drawn_ = false;
};

volatile std::sig_atomic_t interrupted = 0;

/// Ctrl-C ends the import between two batches; what was taken stays taken.
class interruptible {
 public:
    interruptible() {
        interrupted = 0;
        struct sigaction how{};
        how.sa_handler = [](int) { interrupted = 1; };
        how.sa_flags = static_cast<int>(SA_RESETHAND);  // the second one ends at once
        sigaction(SIGINT, &how, &before_);
        sigaction(SIGTERM, &how, &before_terminate_);
    }
    ~interruptible() {
        sigaction(SIGINT, &before_, nullptr);
        sigaction(SIGTERM, &before_terminate_, nullptr);
    }
    interruptible(const interruptible&) = delete;
    interruptible& operator=(const interruptible&) = delete;

 private:
    struct sigaction before_{};
    struct sigaction before_terminate_{};
};

/// What the rows are sent to; the instance lives as long as the way into it.
struct destination {
    std::unique_ptr<port::log> log;
    std::unique_ptr<instance> inside;
    std::unique_ptr<api_way> way;
    std::size_t senders = senders_to_server;
};

result<destination> open_destination(const session& s, const import_asked& in) {
    destination out;
    if (!in.offline) {
        TRY(way, connect(s, *in.server));
        out.way = std::move(way);
        return out;
    }
    TRY(settings, s.settings());
    TRY(log, open_log(settings.log.file, port::log_level::warning));
    out.log = std::move(log);
    auto inside = instance::open(settings, *out.log, instance::with_peers::no);
    if (!inside) {
        auto why = std::move(inside).error();
        if (why.what == base::code::unavailable)
            why.words += " To import into a running server, name it: --server URL, with KEEPLINE_TOKEN set.";
        return std::unexpected(std::move(why));
    }
    out.inside = std::move(*inside);
    out.way = make_local_api(out.inside->desk_parts(), "import");
    out.senders = senders_offline;
    return out;
}

void print_counts(const session& s, const import_counts& counts, bool update) {
    if (s.json) {
        json::object out{
            {"rows", counts.rows}, {"added", counts.added}, {"known", counts.known}, {"rejected", counts.rejected}};
        if (update) out["changed"] = counts.changed;
        return s.print(out);
    }
    s.at.out << counts.rows << " rows: " << counts.added << " added, " << counts.known << " known already, ";
    if (update) s.at.out << counts.changed << " changed, ";
    s.at.out << counts.rejected << " rejected\n";
}

/// Not the name of any other run.
std::string run_name() {
    return std::to_string(std::chrono::system_clock::now().time_since_epoch().count()) + "-" +
           std::to_string(::getpid());
}

result<int> import_file(const session& s, const import_asked& in) {
    TRY(source, import_source::open(in.source));
    TRY(to, open_destination(s, in));
    progress_bar bar(s.at, source->bytes(), source->stream());
    TRY(rejects, reject_list::open(s.at, [&bar] { bar.clear(); }, in.rejects, source->rows()));
    const interruptible until_interrupted;
    import_watch watch;
    watch.rejected = [&](const rejected_row& row) { rejects.add(row); };
    watch.progress = [&](const import_counts& counts) { bar.show(counts); };
    watch.cancelled = [] { return interrupted != 0; };
    if (to.inside)
        watch.prepare = [&](std::span<const std::string> subscribers) {
            return to.inside->vault().prepare_keys(subscribers);
        };
    import_counts counts;
    const auto outcome = import_lines(
        source->rows(), *to.way,
        {.senders = to.senders, .update = in.update, .columns = source->format() == row_format::csv, .run = run_name()},
        watch, counts);
    bar.clear();
    rejects.finish();
    print_counts(s, counts, in.update);
    if (!outcome) return std::unexpected(outcome.error());
    return counts.rejected == 0 ? 0 : base::info(base::code::invalid).exit_code;
}

std::string column_help() {
    std::string out = "\n\nColumns of a CSV (its first row names them, in any order; * must be there):\n";
    for (const auto& column : csv_columns()) {
        const auto name = (column.needed ? "* " : "  ") + std::string(column.name);
        out +=
            "  " + name + std::string(name.size() < 20 ? 20 - name.size() : 1, ' ') + std::string(column.what) + "\n";
    }
    out +=
        "\nA date alone is a whole day where the line is (the zone of its policy): since its beginning, valid until "
        "its\n"
        "end. Taken as well: 2027/2/27, 27.2.2027, 2027年2月27日, RFC 3339 times.\n"
        "Cells apart by commas, semicolons or tabs; UTF-8, UTF-16, or what --encoding says.\n"
        "\nA line that is there already and the same is known; one that differs is rejected, or its balance, dates "
        "and\n"
        "contract are changed with --update, money as far as one person may. More money, contact points, refund "
        "accounts\n"
        "and profiles change by a plan that a second person signs: keepline import plan. Whose line it is never "
        "changes.\n"
        "\nA row of NDJSON is the body of POST /v1/lines/import, {\"subscriber\": {…}, \"line\": {…}}, and may have\n"
        "\"records\": {…} as in PUT /v1/lines/{id}/records. See /openapi.yaml, ImportedLine.\n"
        "Bad rows are listed with line and reason, good ones kept; exit code 2 when there were bad ones. Run it again\n"
        "after mending: rows that are known already change nothing.";
    return out;
}

}  // namespace

void add_import_command(CLI::App& root, session& s) {
    auto* command = add_command(root, "import", "Take over lines from a CSV or NDJSON file");
    command->footer(
        "Examples:\n  keepline import lines.csv --rejects bad.csv     (mend bad.csv, import it again)\n"
        "  KEEPLINE_TOKEN=… keepline import lines.ndjson --server http://127.0.0.1:8080" +
        column_help());
    auto in = std::make_shared<import_asked>();
    command->add_option("FILE", in->source.file, "The file");
    command->add_option("--format", in->source.format, "csv or ndjson; default: by the file's ending")
        ->check(CLI::IsMember({"csv", "ndjson"}));
    command
        ->add_option("--rejects", in->rejects,
                     "Write bad rows here: NDJSON with line and reason, or as they stood with a column `reason` (.csv)")
        ->type_name("FILE");
    command->add_flag(
        "--update", in->update,
        "Change balance, dates and contract of lines that differ; what a row leaves out stays as it is, and 0 "
        "empties a balance");
    command->add_option("--encoding", in->source.encoding, "Of the file, where it is not UTF-8 or UTF-16: gb18030, …");
    // Without it the rows go straight into the data directory: an address in the environment would be a surprise.
    command
        ->add_option("--server", in->server->url,
                     "A running server's URL; default: into the data directory, while no server runs")
        ->type_name("URL");
    command
        ->add_option("--token-file", in->server->token_file,
                     "With --server: a file with the token; default: $KEEPLINE_TOKEN")
        ->type_name("FILE");
    add_import_plan_commands(*command, s);
    command->callback([&s, in, command] {
        if (!command->get_subcommands().empty()) return;
        s.chosen = [&s, in] {
            in->offline = in->server->url.empty();
            return import_file(s, *in);
        };
    });
}

}  // namespace keepline::app
