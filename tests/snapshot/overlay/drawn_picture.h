// What Dear ImGui would have a graphics card draw, drawn by the processor into a picture: triangles with colours, one texture
// and clipping.
#pragma once

#include <imgui.h>
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace heapreel::testing {

class DrawnPicture {
 public:
  DrawnPicture(int width, int height)
      : width_(width), height_(height), pixels_(size_t(width) * size_t(height) * 3, 24) {}

  // `texture` is RGBA, of the font atlas.
  void draw(const ImDrawData& data, const unsigned char* texture, int texture_width, int texture_height) {
    texture_ = texture;
    texture_width_ = texture_width;
    texture_height_ = texture_height;
    for (int i = 0; i < data.CmdListsCount; ++i) {
      const ImDrawList& list = *data.CmdLists[i];
      for (const ImDrawCmd& command : list.CmdBuffer) {
        for (unsigned k = 0; k + 2 < command.ElemCount; k += 3) {
          const ImDrawVert* corners[3];
          for (unsigned c = 0; c < 3; ++c) {
            corners[c] = &list.VtxBuffer[int(command.VtxOffset + list.IdxBuffer[int(command.IdxOffset + k + c)])];
          }
          triangle(corners, command.ClipRect);
        }
      }
    }
  }

  // How many pixels differ from the background.
  size_t drawn_pixels() const {
    return size_t(std::count_if(pixels_.begin(), pixels_.end(), [](unsigned char value) { return value != 24; })) / 3;
  }

  bool write_png(const std::string& path) const {
    std::string raw;
    for (int y = 0; y < height_; ++y) {
      raw += '\0';  // no filter
      raw.append(reinterpret_cast<const char*>(&pixels_[size_t(y) * size_t(width_) * 3]), size_t(width_) * 3);
    }
    uLongf size = compressBound(raw.size());
    std::string packed(size, '\0');
    if (compress2(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(raw.data()),
                  raw.size(), 9) != Z_OK) {
      return false;
    }
    packed.resize(size);
    const std::string head = word(uint32_t(width_)) + word(uint32_t(height_)) + std::string("\x08\x02\0\0\0", 5);
    const std::string png = "\x89PNG\r\n\x1a\n" + chunk("IHDR", head) + chunk("IDAT", packed) + chunk("IEND", "");
    std::FILE* file = std::fopen(path.c_str(), "wb");
    if (file == nullptr) return false;
    const bool written = std::fwrite(png.data(), 1, png.size(), file) == png.size();
    return std::fclose(file) == 0 && written;
  }

 private:
  static std::string word(uint32_t value) {
    return {char(value >> 24), char(value >> 16), char(value >> 8), char(value)};
  }
  static std::string chunk(const std::string& name, const std::string& data) {
    const std::string body = name + data;
    const auto sum = crc32(0, reinterpret_cast<const Bytef*>(body.data()), uInt(body.size()));
    return word(uint32_t(data.size())) + body + word(uint32_t(sum));
  }

  static float edge(const ImVec2& a, const ImVec2& b, float x, float y) {
    return (b.x - a.x) * (y - a.y) - (b.y - a.y) * (x - a.x);
  }

  void triangle(const ImDrawVert* const (&corners)[3], const ImVec4& clip) {
    const ImVec2 &a = corners[0]->pos, &b = corners[1]->pos, &c = corners[2]->pos;
    const float area = edge(a, b, c.x, c.y);
    if (area == 0) return;
    const int left = std::max({0, int(clip.x), int(std::min({a.x, b.x, c.x}))});
    const int right = std::min({width_ - 1, int(clip.z) - 1, int(std::max({a.x, b.x, c.x}))});
    const int top = std::max({0, int(clip.y), int(std::min({a.y, b.y, c.y}))});
    const int bottom = std::min({height_ - 1, int(clip.w) - 1, int(std::max({a.y, b.y, c.y}))});
    for (int y = top; y <= bottom; ++y) {
      for (int x = left; x <= right; ++x) {
        const float px = float(x) + 0.5f, py = float(y) + 0.5f;
        const float weights[3] = {edge(b, c, px, py) / area, edge(c, a, px, py) / area, edge(a, b, px, py) / area};
        if (weights[0] < 0 || weights[1] < 0 || weights[2] < 0) continue;
        blend(x, y, corners, weights);
      }
    }
  }

  void blend(int x, int y, const ImDrawVert* const (&corners)[3], const float (&weights)[3]) {
    float u = 0, v = 0, colour[4] = {};
    for (int c = 0; c < 3; ++c) {
      u += weights[c] * corners[c]->uv.x;
      v += weights[c] * corners[c]->uv.y;
      for (int channel = 0; channel < 4; ++channel) {
        colour[channel] += weights[c] * float(corners[c]->col >> (8 * channel) & 0xff);
      }
    }
    const int tx = std::clamp(int(u * float(texture_width_)), 0, texture_width_ - 1);
    const int ty = std::clamp(int(v * float(texture_height_)), 0, texture_height_ - 1);
    const unsigned char* texel = texture_ + 4 * (size_t(ty) * size_t(texture_width_) + size_t(tx));
    const float alpha = colour[3] / 255 * float(texel[3]) / 255;
    unsigned char* pixel = &pixels_[(size_t(y) * size_t(width_) + size_t(x)) * 3];
    for (int channel = 0; channel < 3; ++channel) {
      const float wanted = colour[channel] * float(texel[channel]) / 255;
      pixel[channel] = static_cast<unsigned char>(float(pixel[channel]) * (1 - alpha) + wanted * alpha + 0.5f);
    }
  }

  const int width_, height_;
  std::vector<unsigned char> pixels_;  // RGB
  const unsigned char* texture_ = nullptr;
  int texture_width_ = 0, texture_height_ = 0;
};

}  // namespace heapreel::testing
