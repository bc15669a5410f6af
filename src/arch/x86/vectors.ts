/** Vectors of exceptions that gates and segment checks raise (Intel SDM volume 3, table 6-1). */
export const VECTOR_UD = 6
export const VECTOR_NP = 11
export const VECTOR_SS = 12
export const VECTOR_GP = 13
