using System.Buffers;
using System.Globalization;
using System.Text;
using NetWhy.Analysis.Fields;

namespace NetWhy.Tools.Tshark.Counting;

/// <summary>Counts packets and octets of each protocol inside the one that carries it. Source: tshark(1), -z io,phs.</summary>
/// <param name="filterText">The filter of what it sees, as given.</param>
internal sealed class HierarchyCount(string filterText) : IShownSink
{
    private const int NameWidth = 40;
    private const int MostNodes = 1 << 12; // more than any capture that nobody made up
    private const int DeepestNode = 64;

    private static readonly Field Protocols = FieldCatalog.Default["frame.protocols"];

    private readonly Node _root = new("");
    private int _nodes;

    /// <inheritdoc/>
    public void Want(PacketFields fields) => fields.Want(Protocols);

    /// <inheritdoc/>
    public void Take(in ShownPacket packet, IBufferWriter<byte> output)
    {
        foreach (ref readonly FieldValue value in packet.Fields.Values)
        {
            if (value.FieldIndex == Protocols.Index)
                Count(packet.Fields.OctetsOf(value), packet.Record.OriginalLength);
        }
    }

    /// <inheritdoc/>
    public void End(IBufferWriter<byte> output)
    {
        string line = new('=', 67);
        output.WriteText($"\n{line}\nProtocol Hierarchy Statistics\nFilter: {filterText}\n\n");
        Print(output, _root, 0);
        output.WriteText($"{line}\n");
    }

    private static void Print(IBufferWriter<byte> output, Node node, int depth)
    {
        foreach (Node child in node.Children)
        {
            string indent = new(' ', depth * 2);
            output.WriteText(string.Create(CultureInfo.InvariantCulture, $"{(indent + child.Name).PadRight(NameWidth)} frames:{child.Volume.Packets} bytes:{child.Volume.Octets}\n"));
            Print(output, child, depth + 1);
        }
    }

    private void Count(ReadOnlySpan<byte> protocols, uint length)
    {
        Node node = _root;
        int depth = 0;
        foreach (Range range in protocols.Split((byte)':'))
        {
            ReadOnlySpan<byte> name = protocols[range];
            if (name.IsEmpty || name.SequenceEqual("ethertype"u8))
                continue;
            if (depth++ == DeepestNode || node.Of(name, ref _nodes) is not { } child)
                return;
            node = child;
            node.Volume = node.Volume.Plus(length);
        }
    }

    private sealed class Node(string name)
    {
        private readonly byte[] _octets = Encoding.ASCII.GetBytes(name);

        internal string Name => name;

        internal Volume Volume { get; set; }

        internal List<Node> Children { get; } = [];

        internal Node? Of(ReadOnlySpan<byte> child, ref int count)
        {
            foreach (Node known in Children)
            {
                if (child.SequenceEqual(known._octets))
                    return known;
            }

            if (count++ >= MostNodes)
                return null;
            var added = new Node(Encoding.ASCII.GetString(child));
            Children.Add(added);
            return added;
        }
    }
}
