#include <gtest/gtest.h>

#include <array>
#include <duotty/http/assets.hpp>
#include <filesystem>
#include <fstream>
#include <string>

#include "temporary_folder.hpp"

namespace duotty::http {
namespace {

struct Content {
  const char* path;
  std::string_view bytes;
};

std::vector<base::EmbeddedFile> table() {
  static constexpr std::array<Content, 6> files{{{"index.html", "<!doctype html>"},
                                                 {"index.html.gz", "gzipped page"},
                                                 {"assets/main-BxQ3_d9a.js", "script"},
                                                 {"assets/main-BxQ3_d9a.js.br", "br script"},
                                                 {"assets/plain.js", "no hash"},
                                                 {"favicon.svg", "<svg/>"}}};
  std::vector<base::EmbeddedFile> out;
  for (const Content& file : files) {
    out.push_back({file.path, file.bytes.data(), file.bytes.data() + file.bytes.size()});
  }
  return out;
}

Request get(std::string path, Headers headers = {}) {
  Request request;
  request.method = "GET";
  request.path = std::move(path);
  request.headers = std::move(headers);
  return request;
}

TEST(Assets, HashedFilesAreCachedForEverAndOthersRevalidated) {
  const auto files = table();
  const Assets assets(files);
  const auto script = assets.find(get("/assets/main-BxQ3_d9a.js"));
  ASSERT_TRUE(script);
  EXPECT_EQ(script->bytes(), "script");
  EXPECT_EQ(script->headers.get("Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(script->headers.get("Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(assets.find(get("/assets/plain.js"))->headers.get("Cache-Control"), "no-cache");
  EXPECT_EQ(assets.find(get("/favicon.svg"))->headers.get("Cache-Control"), "no-cache");
}

TEST(Assets, ClientRoutesGetTheIndex) {
  const auto files = table();
  const Assets assets(files);
  for (const char* path : {"/", "/login", "/settings", "/settings/models", "/t/build", "/t/a/b"}) {
    const auto page = assets.find(get(path));
    ASSERT_TRUE(page) << path;
    EXPECT_EQ(page->bytes(), "<!doctype html>");
    EXPECT_EQ(page->headers.get("Cache-Control"), "no-cache");
  }
}

TEST(Assets, OnlyTheTableExists) {
  const auto files = table();
  const Assets assets(files);
  for (const char* path : {"/assets/main-BxQ3_d9a.js.br", "/index.html.gz", "/nothing", "/assets/", "/t", "/loginx",
                           "/settingsx", "/../etc/passwd", "//index.html"}) {
    EXPECT_FALSE(assets.find(get(path))) << path;
  }
  Request post = get("/");
  post.method = "POST";
  EXPECT_FALSE(assets.find(post));
}

TEST(Assets, ServesAPrecompressedFormToThoseWhoTakeIt) {
  const auto files = table();
  const Assets assets(files);
  const std::string path = "/assets/main-BxQ3_d9a.js";
  const auto br = assets.find(get(path, {{"Accept-Encoding", "gzip, deflate, br;q=0.9"}}));
  EXPECT_EQ(br->bytes(), "br script");
  EXPECT_EQ(br->headers.get("Content-Encoding"), "br");
  EXPECT_EQ(br->headers.get("Vary"), "Accept-Encoding");
  EXPECT_EQ(assets.find(get(path, {{"Accept-Encoding", "br;q=0, gzip"}}))->bytes(), "script");
  EXPECT_EQ(assets.find(get("/", {{"Accept-Encoding", "gzip"}}))->bytes(), "gzipped page");
  EXPECT_EQ(assets.find(get("/"))->bytes(), "<!doctype html>");
}

TEST(Assets, AMatchingTagIsAnswered304AndEachCodingHasItsOwn) {
  const auto files = table();
  const Assets assets(files);
  const std::string plain(assets.find(get("/"))->headers.get("ETag"));
  const std::string gzip(assets.find(get("/", {{"Accept-Encoding", "gzip"}}))->headers.get("ETag"));
  EXPECT_NE(plain, gzip);
  EXPECT_TRUE(plain.starts_with('"'));
  for (const std::string& match : {plain, "\"other\", W/" + plain, std::string("*")}) {
    const auto same = assets.find(get("/", {{"If-None-Match", match}}));
    EXPECT_EQ(same->status, 304) << match;
    EXPECT_TRUE(same->bytes().empty());
    EXPECT_EQ(same->headers.get("ETag"), plain);
  }
  EXPECT_EQ(assets.find(get("/", {{"If-None-Match", gzip}}))->status, 200);
}

TEST(Assets, AFolderOverridesTheTableWhileDeveloping) {
  const tests::TemporaryFolder temporary;
  const std::filesystem::path& folder = temporary.path();
  std::filesystem::create_directory(folder / "web");
  std::ofstream(folder / "web" / "index.html") << "from disk";
  std::ofstream(folder / "secret") << "secret";
  std::filesystem::create_symlink(folder / "secret", folder / "web" / "link");
  const auto files = table();
  const Assets assets(files, (folder / "web").string());
  EXPECT_EQ(assets.find(get("/"))->bytes(), "from disk");
  EXPECT_EQ(assets.find(get("/"))->headers.get("Cache-Control"), "no-store");
  EXPECT_FALSE(assets.find(get("/favicon.svg")));
  EXPECT_FALSE(assets.find(get("/../secret")));
  EXPECT_FALSE(assets.find(get("/link")));
}

TEST(Assets, AMissingPathIsJsonBelowTheApiAndAPageElsewhere) {
  const Response api = Assets::not_found(get("/api/nothing"));
  EXPECT_EQ(api.status, 404);
  EXPECT_EQ(api.headers.get("Content-Type"), "application/json");
  EXPECT_NE(api.body.find("\"code\":\"not_found\""), std::string::npos);
  const Response page = Assets::not_found(get("/apix"));
  EXPECT_EQ(page.status, 404);
  EXPECT_TRUE(page.headers.get("Content-Type").starts_with("text/html"));
}

}  // namespace
}  // namespace duotty::http
