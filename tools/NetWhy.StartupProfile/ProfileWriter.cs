using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace NetWhy.StartupProfile;

/// <summary>Writes methods as a profile (.mibc), of which the compiler ahead of time compiles each.</summary>
/// <remarks>
/// It is an assembly whose method AssemblyDictionary names, for each group of assemblies, a method that holds a token of each
/// method. "Any class" is a type of an assembly that does not exist. Source: MIbcProfileParser.cs and MibcEmitter.cs of dotnet/runtime.
/// </remarks>
internal sealed class ProfileWriter
{
    private static readonly Guid Identity = new("6d0a4c4e-8f1f-4f5f-9f0e-3f2f6f1d5a01"); // the same methods give the same file

    private readonly MetadataBuilder _metadata = new();
    private readonly Dictionary<string, AssemblyReferenceHandle> _assemblies = [];
    private readonly Dictionary<Type, TypeReferenceHandle> _types = [];
    private readonly SortedDictionary<string, List<EntityHandle>> _groups = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _used = new(StringComparer.Ordinal); // assemblies that a method needs
    private readonly TypeReferenceHandle _anyClass;

    internal ProfileWriter()
    {
        AssemblyReferenceHandle none = _metadata.AddAssemblyReference(_metadata.GetOrAddString("System.Private.Canon"), new Version(0, 0, 0, 0), default, default, default, default);
        _anyClass = _metadata.AddTypeReference(none, _metadata.GetOrAddString("System"), _metadata.GetOrAddString("__Canon"));
    }

    /// <summary>Adds a method.</summary>
    /// <param name="owner">Its type.</param>
    /// <param name="ofOwner">Arguments of the type.</param>
    /// <param name="method">The method.</param>
    /// <param name="ofMethod">Arguments of the method.</param>
    /// <exception cref="NotSupportedException">A type in it cannot be written.</exception>
    internal void Add(Type owner, TypeArgument[] ofOwner, MethodBase method, TypeArgument[] ofMethod)
    {
        _used.Clear();
        EntityHandle parent = Reference(owner);
        if (ofOwner.Length > 0)
        {
            var type = new BlobBuilder();
            Encode(new BlobEncoder(type).TypeSpecificationSignature(), new TypeArgument(owner, ofOwner, null));
            parent = _metadata.AddTypeSpecification(_metadata.GetOrAddBlob(type));
        }

        EntityHandle token = _metadata.AddMemberReference(parent, _metadata.GetOrAddString(method.Name), _metadata.GetOrAddBlob(SignatureOf(method, ofMethod.Length)));
        if (ofMethod.Length > 0)
        {
            var instance = new BlobBuilder();
            GenericTypeArgumentsEncoder arguments = new BlobEncoder(instance).MethodSpecificationSignature(ofMethod.Length);
            foreach (TypeArgument argument in ofMethod)
                Encode(arguments.AddArgument(), argument);
            token = _metadata.AddMethodSpecification(token, _metadata.GetOrAddBlob(instance));
        }

        string home = owner.Assembly.GetName().Name!;
        string group = string.Concat(_used.Where(name => name != home).Prepend(home).Select(name => $"{name};"));
        if (!_groups.TryGetValue(group, out List<EntityHandle>? methods))
            _groups.Add(group, methods = []);
        methods.Add(token);
    }

    /// <summary>Writes the file.</summary>
    /// <param name="path">Its path.</param>
    internal void Write(string path)
    {
        _metadata.AddModule(0, _metadata.GetOrAddString(Path.GetFileName(path)), _metadata.GetOrAddGuid(Identity), default, default);
        _metadata.AddAssembly(_metadata.GetOrAddString(Path.GetFileNameWithoutExtension(path)), new Version(1, 0, 0, 0), default, default, default, default);
        _metadata.AddTypeDefinition(default, default, _metadata.GetOrAddString("<Module>"), default, MetadataTokens.FieldDefinitionHandle(1), MetadataTokens.MethodDefinitionHandle(1));
        var code = new BlobBuilder();
        var bodies = new MethodBodyStreamEncoder(code);
        var dictionary = new InstructionEncoder(new BlobBuilder());
        foreach ((string assemblies, List<EntityHandle> methods) in _groups)
        {
            var group = new InstructionEncoder(new BlobBuilder());
            methods.ForEach(method => AddToken(group, method));
            dictionary.LoadString(_metadata.GetOrAddUserString(assemblies));
            AddToken(dictionary, Define($"Assemblies_{assemblies}", group, bodies));
        }

        Define("AssemblyDictionary", dictionary, bodies);
        var image = new BlobBuilder();
        new ManagedPEBuilder(PEHeaderBuilder.CreateLibraryHeader(), new MetadataRootBuilder(_metadata), code, deterministicIdProvider: _ => new BlobContentId(Identity, 1)).Serialize(image);
        File.WriteAllBytes(path, image.ToArray());
    }

    private static void AddToken(InstructionEncoder code, EntityHandle token)
    {
        code.OpCode(ILOpCode.Ldtoken);
        code.Token(token);
        code.OpCode(ILOpCode.Pop);
    }

    private MethodDefinitionHandle Define(string name, InstructionEncoder code, MethodBodyStreamEncoder bodies)
    {
        code.OpCode(ILOpCode.Ret);
        var signature = new BlobBuilder();
        new BlobEncoder(signature).MethodSignature().Parameters(0, result => result.Void(), _ => { });
        return _metadata.AddMethodDefinition(
            MethodAttributes.Public | MethodAttributes.Static, MethodImplAttributes.IL, _metadata.GetOrAddString(name), _metadata.GetOrAddBlob(signature), bodies.AddMethodBody(code), MetadataTokens.ParameterHandle(1));
    }

    private BlobBuilder SignatureOf(MethodBase method, int arity)
    {
        var signature = new BlobBuilder();
        new BlobEncoder(signature).MethodSignature(SignatureCallingConvention.Default, arity, !method.IsStatic).Parameters(
            method.GetParameters().Length,
            result =>
            {
                if (method is not MethodInfo { ReturnParameter: var returned } || returned.ParameterType == typeof(void))
                {
                    result.Void();
                    return;
                }

                AddModifiers(result.CustomModifiers(), returned);
                Encode(result.Type(returned.ParameterType.IsByRef), returned.ParameterType);
            },
            parameters =>
            {
                foreach (ParameterInfo one in method.GetParameters())
                {
                    ParameterTypeEncoder parameter = parameters.AddParameter();
                    AddModifiers(parameter.CustomModifiers(), one);
                    Encode(parameter.Type(one.ParameterType.IsByRef), one.ParameterType);
                }
            });
        return signature;
    }

    private void AddModifiers(CustomModifiersEncoder encoder, ParameterInfo parameter)
    {
        foreach (Type modifier in parameter.GetRequiredCustomModifiers())
            encoder.AddModifier(Reference(modifier), isOptional: false);
        foreach (Type modifier in parameter.GetOptionalCustomModifiers())
            encoder.AddModifier(Reference(modifier), isOptional: true);
    }

    private void Encode(SignatureTypeEncoder encoder, TypeArgument argument)
    {
        if (argument.Element is { } element)
        {
            Encode(encoder.SZArray(), element);
        }
        else if (argument.Definition is not { } type)
        {
            encoder.Type(_anyClass, isValueType: false);
        }
        else if (argument.Arguments is [_, ..] arguments)
        {
            GenericTypeArgumentsEncoder encoded = encoder.GenericInstantiation(Reference(type), arguments.Length, type.IsValueType);
            foreach (TypeArgument one in arguments)
                Encode(encoded.AddArgument(), one);
        }
        else
        {
            Encode(encoder, type);
        }
    }

    // A type of a signature, in which parameters of types and methods stand as such.
    private void Encode(SignatureTypeEncoder encoder, Type type)
    {
        if (type.IsByRef)
        {
            Encode(encoder, type.GetElementType()!); // that it is one stands in front
        }
        else if (type.IsGenericTypeParameter)
        {
            encoder.GenericTypeParameter(type.GenericParameterPosition);
        }
        else if (type.IsGenericMethodParameter)
        {
            encoder.GenericMethodTypeParameter(type.GenericParameterPosition);
        }
        else if (type.IsSZArray)
        {
            Encode(encoder.SZArray(), type.GetElementType()!);
        }
        else if (type == typeof(void*))
        {
            encoder.VoidPointer();
        }
        else if (type.IsPointer)
        {
            Encode(encoder.Pointer(), type.GetElementType()!);
        }
        else if (type.IsArray || type.IsFunctionPointer)
        {
            throw new NotSupportedException($"a parameter like {type}");
        }
        else if (type.IsGenericType)
        {
            GenericTypeArgumentsEncoder arguments = encoder.GenericInstantiation(Reference(type), type.GetGenericArguments().Length, type.IsValueType);
            foreach (Type argument in type.GetGenericArguments())
                Encode(arguments.AddArgument(), argument);
        }
        else if (PrimitiveOf(type) is { } primitive)
        {
            encoder.PrimitiveType(primitive);
        }
        else
        {
            encoder.Type(Reference(type), type.IsValueType);
        }
    }

    private static PrimitiveTypeCode? PrimitiveOf(Type type) =>
        type == typeof(nint) ? PrimitiveTypeCode.IntPtr
        : type == typeof(nuint) ? PrimitiveTypeCode.UIntPtr
        : type == typeof(object) ? PrimitiveTypeCode.Object
        : type.IsEnum ? null
        : Type.GetTypeCode(type) switch
        {
            TypeCode.Boolean => PrimitiveTypeCode.Boolean,
            TypeCode.Byte => PrimitiveTypeCode.Byte,
            TypeCode.SByte => PrimitiveTypeCode.SByte,
            TypeCode.Char => PrimitiveTypeCode.Char,
            TypeCode.Int16 => PrimitiveTypeCode.Int16,
            TypeCode.UInt16 => PrimitiveTypeCode.UInt16,
            TypeCode.Int32 => PrimitiveTypeCode.Int32,
            TypeCode.UInt32 => PrimitiveTypeCode.UInt32,
            TypeCode.Int64 => PrimitiveTypeCode.Int64,
            TypeCode.UInt64 => PrimitiveTypeCode.UInt64,
            TypeCode.Single => PrimitiveTypeCode.Single,
            TypeCode.Double => PrimitiveTypeCode.Double,
            TypeCode.String => PrimitiveTypeCode.String,
            _ => null,
        };

    private TypeReferenceHandle Reference(Type type)
    {
        if (type.IsConstructedGenericType)
            type = type.GetGenericTypeDefinition();
        AssemblyName assembly = type.Assembly.GetName();
        _used.Add(assembly.Name!);
        if (_types.TryGetValue(type, out TypeReferenceHandle known))
            return known;
        EntityHandle scope;
        if (type.DeclaringType is { } outer)
        {
            scope = Reference(outer);
        }
        else
        {
            if (!_assemblies.TryGetValue(assembly.Name!, out AssemblyReferenceHandle reference))
            {
                BlobHandle token = assembly.GetPublicKeyToken() is { Length: > 0 } octets ? _metadata.GetOrAddBlob(octets) : default;
                reference = _metadata.AddAssemblyReference(_metadata.GetOrAddString(assembly.Name!), assembly.Version!, default, token, default, default);
                _assemblies.Add(assembly.Name!, reference);
            }

            scope = reference;
        }

        StringHandle space = type.DeclaringType is null && type.Namespace is { Length: > 0 } named ? _metadata.GetOrAddString(named) : default;
        TypeReferenceHandle made = _metadata.AddTypeReference(scope, space, _metadata.GetOrAddString(type.Name));
        _types.Add(type, made);
        return made;
    }
}
