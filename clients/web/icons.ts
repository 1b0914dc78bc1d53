import { readFileSync } from "node:fs";
import sharp from "sharp";
import type { Plugin } from "vite";

const source = `${import.meta.dirname}/public/inbox/icon.svg`;

/**
 * The pictures of the installed inbox, by their names beside the manifest: `size` in px. What is not `round` fills its
 * square, as a system cuts it to a shape of its own: what matters stands within the middle circle of 80 %.
 */
const pictures: Readonly<Record<string, { readonly size: number; readonly round: boolean }>> = {
  "icon-192.png": { size: 192, round: true },
  "icon-512.png": { size: 512, round: true },
  "maskable-192.png": { size: 192, round: false },
  "maskable-512.png": { size: 512, round: false },
  "apple-touch-icon.png": { size: 180, round: false },
};

/** Draws the icon's pictures anew from its SVG at each build. */
export const icons = (): Plugin => ({
  name: "icons",
  apply: "build",
  async generateBundle() {
    const svg = readFileSync(source);
    for (const [name, { size, round }] of Object.entries(pictures)) {
      const drawn = sharp(svg, { density: (72 * size) / 64 }).resize(size, size);
      const picture = round ? drawn.composite([{ input: roundedSquare(size), blend: "dest-in" }]) : drawn;
      this.emitFile({ type: "asset", fileName: `inbox/${name}`, source: await picture.png().toBuffer() });
    }
  },
});

const roundedSquare = (size: number): Buffer =>
  Buffer.from(`<svg><rect width="${size}" height="${size}" rx="${size * 0.2}"/></svg>`);
