"""Options: the groups of ``conf/``, checked and typed. Those of the learning steps are beside what they steer, in `survival` and
`validation`; `radsurv.config` puts all together.
"""
