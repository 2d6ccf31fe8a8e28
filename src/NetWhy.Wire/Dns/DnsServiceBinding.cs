using System.Buffers;

namespace NetWhy.Wire.Dns;

/// <summary>The data of a SVCB or HTTPS record.</summary>
/// <remarks>
/// <code>
/// PRIORITY (16 bits) | TARGET NAME | PARAMETERS
/// </code>
/// Source: RFC 9460, section 2.2.
/// </remarks>
public readonly ref struct DnsServiceBinding
{
    private DnsServiceBinding(ushort priority, DnsName target, ReadOnlySpan<byte> parameters)
    {
        Priority = priority;
        Target = target;
        Parameters = parameters;
    }

    /// <summary>Lower is tried first; 0 makes the owner an alias of the target.</summary>
    public ushort Priority { get; }

    /// <summary>The host that serves; the root stands for the owner, or for no service in an alias.</summary>
    public DnsName Target { get; }

    /// <summary>The parameters, for <see cref="DnsServiceParameters"/>.</summary>
    public ReadOnlySpan<byte> Parameters { get; }

    /// <summary>Views the data of a record.</summary>
    /// <param name="data">The data; the name is never compressed.</param>
    /// <param name="binding">The view, valid as long as <paramref name="data"/> is.</param>
    /// <returns><see cref="OperationStatus.Done"/>, or <see cref="OperationStatus.InvalidData"/> if it is cut short or its name is broken.</returns>
    public static OperationStatus Read(ReadOnlySpan<byte> data, out DnsServiceBinding binding)
    {
        var reader = new DnsDataReader(data, 0, data.Length);
        ushort priority = reader.UInt16();
        DnsName target = reader.PlainName();
        binding = reader.IsSound ? new DnsServiceBinding(priority, target, reader.Rest()) : default;
        return reader.IsSound ? OperationStatus.Done : OperationStatus.InvalidData;
    }
}
