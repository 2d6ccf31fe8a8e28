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

    private static readonly Field Pieces = FieldCatalog.Default["tcp.segments"];
    private static readonly Field Quic = FieldCatalog.Default["quic"], Tls = FieldCatalog.Default["tls"];
    private static readonly string[] Bodies = ["data-text-lines", "media", "urlencoded-form"]; // which are read only where somebody asks for what is in them
    private static readonly Field[] Layers = [.. FieldCatalog.Default.All.Where(field => field.IsLayer && field.Name is not ("frame" or "pkt_comment" or "netwhy.tcp"))];

    private readonly Node _root = new([]);
    private readonly List<byte[]> _names = []; // each once
    private readonly byte[]?[] _ofFields = new byte[]?[FieldCatalog.Default.All.Count];
    private readonly HashSet<byte[]> _read = []; // protocols that have values: those that are not at the edge lie in another
    private readonly List<byte[]> _chain = []; // of the packet that is looked at
    private int _nodes;

    /// <inheritdoc/>
    public void Want(PacketFields fields)
    {
        _read.UnionWith(FieldCatalog.Default.All.Where(field => field.IsLayer && !Bodies.Contains(field.Name)).Select(NameOf));
        fields.Want(Layers);
        fields.Want(Pieces);
    }

    /// <inheritdoc/>
    public void Take(in ShownPacket packet, IBufferWriter<byte> output)
    {
        _chain.Clear();
        AddRead(packet.Fields);
        AddUnread(packet.Fields);
        Node? node = _root;
        foreach (byte[] name in _chain.Take(DeepestNode))
        {
            node = node.Of(name, ref _nodes);
            if (node is null)
                return;
            node.Volume = node.Volume.Plus(packet.Record.OriginalLength);
        }
    }

    // What stands at the edge of a tree, and not what another protocol quotes. How a message lay in segments comes behind it.
    private void AddRead(in DissectedPacket packet)
    {
        bool isPut = false;
        Field? message = null; // its protocol
        foreach (ref readonly FieldValue value in packet.Values)
        {
            Field field = FieldCatalog.Default.All[value.FieldIndex];
            if (value.Depth != 0 || !(field.IsLayer || field == Pieces) || field.Name is "frame" or "pkt_comment")
                continue;
            if (field == Tls && _chain.Contains(NameOf(Quic))) // tshark counts its handshake to it
                continue;
            if (isPut && (message == field || field == Pieces))
            {
                _chain.Add(NameOf(Pieces));
                isPut = false;
                message = null;
            }

            if (field == Pieces)
            {
                isPut = true;
                continue;
            }

            message ??= isPut ? field : null;
            _chain.Add(NameOf(field));
        }

        if (isPut)
            _chain.Add(NameOf(Pieces));
    }

    // Of protocols that are not read here, and of bodies that nobody asked for, only the names are known.
    private void AddUnread(in DissectedPacket packet)
    {
        ReadOnlySpan<byte> protocols = packet.Steps;
        int place = 0;
        foreach (Range range in protocols.Split((byte)':'))
        {
            ReadOnlySpan<byte> layer = protocols[range].TrimStart((byte)'+');
            if (layer.IsEmpty || layer.SequenceEqual("ethertype"u8))
                continue;
            byte[] name = NameOf(layer);
            int found = _chain.IndexOf(name, place);
            if (found >= 0)
            {
                place = found + 1;
                while (layer.SequenceEqual("mpls"u8) && place < _chain.Count && _chain[place] == name) // its labels are a layer together
                    place++;
            }
            else if (!_read.Contains(name))
            {
                _chain.Insert(place++, name);
            }
        }
    }

    private byte[] NameOf(Field field) => _ofFields[field.Index] ??= NameOf(Encoding.ASCII.GetBytes(field.Name));

    private byte[] NameOf(ReadOnlySpan<byte> name)
    {
        foreach (byte[] known in _names)
        {
            if (name.SequenceEqual(known))
                return known;
        }

        byte[] added = name.ToArray();
        _names.Add(added);
        return added;
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

    private sealed class Node(byte[] name)
    {
        internal string Name => Encoding.ASCII.GetString(name);

        internal Volume Volume { get; set; }

        internal List<Node> Children { get; } = [];

        internal Node? Of(byte[] child, ref int count)
        {
            foreach (Node known in Children)
            {
                if (known.Is(child))
                    return known;
            }

            if (count++ >= MostNodes)
                return null;
            var added = new Node(child);
            Children.Add(added);
            return added;
        }

        private bool Is(byte[] other) => name == other;
    }
}
