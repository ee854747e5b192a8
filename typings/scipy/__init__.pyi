from scipy import special as special
