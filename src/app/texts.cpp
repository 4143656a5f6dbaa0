#include "app/texts.hpp"

#include "app/files.hpp"

#include <algorithm>

namespace keepline::app {

namespace {
constexpr std::size_t texts_bytes_max = 1024 * 1024;
}  // namespace

result<std::shared_ptr<const text::book>> load_texts(const std::string& folder) {
    if (folder.empty()) return text::shipped();
    std::vector<std::filesystem::path> files;
    std::error_code failure;
    for (std::filesystem::directory_iterator at(folder, failure), end; !failure && at != end; at.increment(failure))
        if (at->path().extension() == ".toml" && !at->path().filename().string().starts_with('.'))
            files.push_back(at->path());
    if (failure)
        return base::refuse(base::code::config_invalid,
                            folder + ": the folder of texts cannot be read: " + failure.message() + ".");
    std::ranges::sort(files);
    auto sources = text::shipped_sources();
    for (const auto& file : files) {
        TRY(content, read_file(file, texts_bytes_max));
        sources.push_back({file.string(), std::move(content)});
    }
    TRY(book, text::book::read(sources));
    return std::make_shared<const text::book>(std::move(book));
}

desk::reply_table reply_words(const text::book& of) {
    desk::reply_table out;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<domain::reply_word>>([&](auto one) {
        const std::string table = "reply." + std::string(one.name) + ".";
        for (const auto& [tag, in] : of.languages())
            for (auto at = in.words.lower_bound(table); at != in.words.end() && at->first.starts_with(table); ++at)
                out.emplace_back(one.value, at->second);
    });
    return out;
}

}  // namespace keepline::app
