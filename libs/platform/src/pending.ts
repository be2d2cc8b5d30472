// Goes as soon as @lethe/policy exports its Pack.
export type Pack = object;
