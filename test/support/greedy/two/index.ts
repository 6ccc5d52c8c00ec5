/** The second of two that compete. */
import { greedy } from '../greedy.ts';

export default greedy('two');
