/** What the outlines of @svg-maps are made of: its own types name a package that it does not bring. */
declare module "svg-maps__common" {
  export interface Map {
    readonly label: string;
    readonly viewBox: string;
    readonly locations: readonly { readonly id: string; readonly name: string; readonly path: string }[];
  }
}
