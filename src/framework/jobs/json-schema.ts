/** The schema of a kind for those who have no zod: what people may write, with descriptions and defaults. */
import { z } from 'zod';

export const jsonSchemaOf = (schema: z.ZodType) =>
  z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
