#include "desk/archive_index.hpp"

#include <array>

namespace keepline::desk {

namespace {

struct index_row {
    std::string_view file;
    std::string_view english;
    std::string_view chinese;
};

constexpr std::array<index_row, 12> index_rows{{
    {"messages.html", "Your text messages, to read", "短信记录，可直接阅读"},
    {"messages.json", "The same for programs", "短信记录（供程序读取）"},
    {"contacts.vcf", "Your contacts: open it on a phone to import them", "通讯录：在手机上打开即可导入"},
    {"bills.csv", "Your bills, for a spreadsheet", "账单，可用表格软件打开"},
    {"bills.json", "The same for programs", "账单（供程序读取）"},
    {"account.csv", "Every movement of your money, for a spreadsheet", "余额变动明细，可用表格软件打开"},
    {"account.json", "The same for programs", "余额变动明细（供程序读取）"},
    {"usage.csv", "Calls, messages and data, for a spreadsheet", "通话、短信和流量，可用表格软件打开"},
    {"usage.json", "The same for programs", "通话、短信和流量（供程序读取）"},
    {"consents.csv", "What you agreed to, for a spreadsheet", "您的授权记录，可用表格软件打开"},
    {"consents.json", "The same for programs", "您的授权记录（供程序读取）"},
    {"manifest.json", "Every file with its SHA-256, to check that nothing was changed",
     "所有文件及其SHA-256校验值，用于核对是否被改动"},
}};

// As the page of messages: it may load and run nothing.
constexpr std::string_view index_head = R"(<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body { margin: 0 auto; max-width: 36rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; color: #1b1b1b; background: #fff }
h1 { font-size: 1.3rem } ul { list-style: none; margin: 0; padding: 0 } li { padding: .5rem 0; border-top: 1px solid #ccc }
a { color: #0b5c8a } small { color: #555 }
</style>
)";

}  // namespace

std::string index_page(const archive_source& from) {
    const bool english = from.language == "en";
    const std::string title = english ? "What was kept of your number " : "您的号码资料备份：";
    const auto number = from.number.text();  // a plus and digits: nothing to escape
    std::string out = "<!DOCTYPE html>\n<html lang=\"" + std::string(english ? "en" : "zh-CN") + "\">\n<head>\n";
    out += index_head;
    out += "<title>" + title + number + "</title>\n</head>\n<body>\n<h1>" + title + number + "</h1>\n<p><small>";
    out += (english ? "Made on " : "生成时间：") + from.zone.local_text(from.made_at);
    out += english
               ? ". Long numbers in the tables have an invisible tab in front, so that a spreadsheet keeps all digits."
               : "。表格中的长号码前有一个不可见的制表符，以便表格软件保留全部数字。";
    out += "</small></p>\n<ul>\n";
    for (const auto& one : index_rows)
        out += "<li><a href=\"" + std::string(one.file) + "\">" + std::string(one.file) + "</a><br>" +
               std::string(english ? one.english : one.chinese) + "</li>\n";
    return out + "</ul>\n</body>\n</html>\n";
}

}  // namespace keepline::desk
