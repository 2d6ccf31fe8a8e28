using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.Paths;

/// <summary>Makes evidence of what a socket's error queue holds.</summary>
public static class IcmpErrors
{
    extension(QueuedError error)
    {
        /// <summary>The ICMP error as evidence; null if the entry is this machine's own and no ICMP message.</summary>
        public IcmpError? ToIcmpError() => error.IsIcmp
            ? new IcmpError(error.Type, error.Code, error.Offender, OwnAddresses.Contains(error.Offender))
            {
                Mtu = error.ToMtu(),
            }
            : null;

        /// <summary>MTU that a "fragmentation needed" or "packet too big" names, in octets; null otherwise.</summary>
        public int? ToMtu() => (error.Type, error.Code, error.Origin) is (3, 4, 2) or (2, _, 3)
            ? (int)Math.Min(error.Information, int.MaxValue)
            : null;
    }
}
