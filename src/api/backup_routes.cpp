// Archives over HTTP, sent while they are made: what a customer takes along (desk/backups.cpp), and everything that is
// held about a person (desk/disclosures.cpp).
#include "api/asking.hpp"
#include "api/routes.hpp"
#include "desk/desk.hpp"

namespace keepline::api {

namespace {

class archive_body final : public body_source {
 public:
    explicit archive_body(desk::archive_told of) : of_(std::move(of)) {}
    void next(std::function<void(piece)> then) override { of_->next(std::move(then)); }

 private:
    desk::archive_told of_;
};

response sent_as(desk::archive_told what, const std::string& name) {
    response out;
    out.type = "application/zip";
    out.headers.push_back({"Content-Disposition", "attachment; filename=\"" + name + ".zip\""});
    out.headers.push_back({"Keepline-Manifest-SHA256", what->manifest_digest()});
    out.source = std::make_shared<archive_body>(std::move(what));
    return out;
}

}  // namespace

void fetch_backup(const call_ptr& c) {
    if (c->in().how == verb::head)  // it would count as downloaded without having been
        return c->refuse({base::code::method_not_allowed, "An archive is fetched with GET.", {{"allow", "GET"}}});
    c->api->at.fetch_backup(c->asking(), std::string(c->args[0]), query_value(*c, "reason"),
                            [c](result<desk::archive_told> told) {
                                if (!told) return c->refuse(told.error());
                                c->answer(sent_as(std::move(*told), std::string(c->args[0])));
                            });
}

void fetch_disclosure(const call_ptr& c) {
    c->api->at.fetch_disclosure(c->asking(), std::string(c->args[0]), std::string(c->args[1]),
                                body_of<desk::looking_body>(*c), [c](result<desk::archive_told> told) {
                                    if (!told) return c->refuse(told.error());
                                    c->answer(sent_as(std::move(*told), "everything-" + std::string(c->args[1])));
                                });
}

}  // namespace keepline::api
