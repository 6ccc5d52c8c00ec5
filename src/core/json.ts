/** Any value that JSON can carry: what members say to each other, and what is kept for frameworks. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
