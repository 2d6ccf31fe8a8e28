using System.Globalization;
using System.Net.Sockets;

namespace NetWhy.Evidence;

/// <summary>What an ICMP error says, whatever the family. Source: RFC 792; RFC 1812, section 5.2.7.1; RFC 4443, section 3.</summary>
public enum IcmpMeaning
{
    /// <summary>Something else.</summary>
    Other,

    /// <summary>The router has no route there.</summary>
    NoRoute,

    /// <summary>The router cannot hand it to the host: most often nobody on its link answers for the address.</summary>
    HostUnreachable,

    /// <summary>The protocol is not served there.</summary>
    ProtocolUnreachable,

    /// <summary>The port is not served there.</summary>
    PortUnreachable,

    /// <summary>The packet is too big for the next link and may not be fragmented.</summary>
    TooBig,

    /// <summary>Policy forbids it.</summary>
    Prohibited,

    /// <summary>Policy forbids the source address.</summary>
    SourceRefused,

    /// <summary>The route to it rejects.</summary>
    RouteRejected,

    /// <summary>The hop limit ran out on the way.</summary>
    HopLimitExceeded,

    /// <summary>Not all fragments came in time.</summary>
    ReassemblyTimeExceeded,
}

/// <summary>Reads the type and code of an ICMP error: the one place that knows what they mean.</summary>
public static class IcmpMeanings
{
    extension(IcmpError error)
    {
        /// <summary>What it says.</summary>
        public IcmpMeaning Meaning => (error.Offender.AddressFamily is AddressFamily.InterNetworkV6, error.Type, error.Code) switch
        {
            (false, 3, 0 or 6 or 11) or (true, 1, 0) => IcmpMeaning.NoRoute,
            (false, 3, 1 or 7 or 8 or 12) or (true, 1, 3) => IcmpMeaning.HostUnreachable,
            (false, 3, 2) => IcmpMeaning.ProtocolUnreachable,
            (false, 3, 3) or (true, 1, 4) => IcmpMeaning.PortUnreachable,
            (false, 3, 4) or (true, 2, _) => IcmpMeaning.TooBig,
            (false, 3, 9 or 10 or 13) or (true, 1, 1) => IcmpMeaning.Prohibited,
            (true, 1, 5) => IcmpMeaning.SourceRefused,
            (true, 1, 6) => IcmpMeaning.RouteRejected,
            (false, 11, 0) or (true, 3, 0) => IcmpMeaning.HopLimitExceeded,
            (false, 11, 1) or (true, 3, 1) => IcmpMeaning.ReassemblyTimeExceeded,
            _ => IcmpMeaning.Other,
        };

        /// <summary>Whether a hop limit or the time for fragments ran out: neither refuses a way.</summary>
        public bool IsTimeExceeded => error.Meaning is IcmpMeaning.HopLimitExceeded or IcmpMeaning.ReassemblyTimeExceeded;

        /// <summary>Whether it is about a size, not about a way.</summary>
        public bool IsTooBig => error.Meaning is IcmpMeaning.TooBig;

        /// <summary>What it says, for a person, with type and code.</summary>
        public string InWords()
        {
            string meaning = error.Meaning switch
            {
                IcmpMeaning.NoRoute => "network unreachable",
                IcmpMeaning.HostUnreachable => "host unreachable",
                IcmpMeaning.ProtocolUnreachable => "protocol unreachable",
                IcmpMeaning.PortUnreachable => "port unreachable",
                IcmpMeaning.TooBig => "packet too big",
                IcmpMeaning.Prohibited => "administratively prohibited",
                IcmpMeaning.SourceRefused => "source address failed policy",
                IcmpMeaning.RouteRejected => "route rejected",
                IcmpMeaning.HopLimitExceeded => "hop limit ran out",
                IcmpMeaning.ReassemblyTimeExceeded => "fragments did not all come in time",
                _ => "error",
            };
            return string.Create(CultureInfo.InvariantCulture, $"{meaning} (ICMP {error.Type}/{error.Code})");
        }
    }
}
